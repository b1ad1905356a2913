// The screen that says why there is no connection, and what to do.

import { candidateSentence } from "./candidate-words.js";
import { byId, element, setNote, setText } from "./dom.js";
import { endingOf } from "./endings.js";
import { showScreen } from "./screens.js";

/**
 * `actions` has a function for each `next` of endings.js; `here`, `hasRoom` and `isComingBack` are as there; `keepsWorkspace` says whether chat
 * and files stay readable below.
 */
export function showEnding(error, actions, { here, keepsWorkspace, hasRoom, isComingBack }) {
    const past = { hasRoom, isComingBack, wasConnected: keepsWorkspace };
    const { title, advice, helps, detail, next, button, again } = endingOf(error, here, past);
    setText(byId("ended-title"), title);
    setText(byId("ended-advice"), advice);
    setNote(byId("ended-detail"), detail);
    showHelps(helps);
    showTechnical(error);
    const main = element("button", { type: "button", class: "primary", id: "ended-next", onclick: actions[next] }, button);
    const back = element("button", { type: "button", id: "ended-start", onclick: actions.start }, "Back to the start");
    const more = again && element("button", { type: "button", id: "ended-again", onclick: actions.retry }, again);
    byId("ended-actions").replaceChildren(...[main, more, next === "start" ? null : back].filter(Boolean));
    showScreen("ended", { besides: keepsWorkspace ? "connected" : undefined });
}

function showHelps(helps) {
    const place = byId("ended-helps");
    place.hidden = helps.length === 0;
    place.replaceChildren(element("h2", {}, "What helps"), element("ul", {}, ...helps.map((text) => element("li", {}, text))));
}

/** For people who run the server or the network. */
function showTechnical(error) {
    const place = byId("ended-technical");
    place.hidden = error?.code !== "no_route";
    place.open = false;
    if (place.hidden) return;
    const { cause, side, hint, advice, local, remote } = error;
    const diagnosis = [cause, side === "both" ? "both sides" : side && `side ${side}`, hint].filter(Boolean).join(", ");
    byId("ended-candidates").replaceChildren(
        element("p", {}, diagnosis === "" ? advice : `${advice} (${diagnosis})`),
        element("p", {}, "Each device tells the other the addresses at which it may be reached. These were told:"),
        ...candidateList("This device", local),
        ...candidateList("The other device", remote),
    );
}

function candidateList(name, candidates) {
    const items = candidates.map((candidate) => element("li", {}, candidateSentence(candidate)));
    return [element("h2", {}, name), element("ul", {}, ...(items.length > 0 ? items : [element("li", {}, "none")]))];
}
