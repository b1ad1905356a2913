// The screen that says why there is no connection, and what to do.

import { candidateSentence } from "./candidate-words.js";
import { byId, element, setNote, setText } from "./dom.js";
import { endingOf } from "./endings.js";
import { showScreen } from "./screens.js";
import { capital, text } from "./text.js";

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
    const back = element("button", { type: "button", id: "ended-start", onclick: actions.start }, text("ended.next.start"));
    const more = again && element("button", { type: "button", id: "ended-again", onclick: actions.retry }, again);
    byId("ended-actions").replaceChildren(...[main, more, next === "start" ? null : back].filter(Boolean));
    showScreen("ended", { besides: keepsWorkspace ? "connected" : undefined });
}

function showHelps(helps) {
    const place = byId("ended-helps");
    place.hidden = helps.length === 0;
    place.replaceChildren(element("h2", {}, text("ended.helps")), element("ul", {}, ...helps.map((help) => element("li", {}, help))));
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
        // For those people there is English alone.
        element("p", { lang: "en", dir: "ltr" }, diagnosis === "" ? advice : `${advice} (${diagnosis})`),
        element("p", {}, text("ended.candidates")),
        ...candidateList(text("who.here"), local),
        ...candidateList(text("who.there"), remote),
    );
}

function candidateList(name, candidates) {
    const items = candidates.map((candidate) => element("li", {}, candidateSentence(candidate)));
    return [element("h2", {}, capital(name)), element("ul", {}, ...(items.length > 0 ? items : [element("li", {}, text("ended.none"))]))];
}
