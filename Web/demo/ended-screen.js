// The screen that says why there is no connection, and what to do.

import { candidateSentence } from "./candidate-words.js";
import { byId, element, setNote, setText } from "./dom.js";
import { endingOf } from "./endings.js";
import { showScreen } from "./screens.js";

/**
 * `actions` has a function for each `next` of endings.js; `keepsWorkspace` says whether chat and files stay readable below.
 */
export function showEnding(error, actions, { keepsWorkspace }) {
    const { title, advice, detail, next, button } = endingOf(error);
    setText(byId("ended-title"), title);
    setText(byId("ended-advice"), advice);
    setNote(byId("ended-detail"), detail);
    showCandidates(error);
    const main = element("button", { type: "button", class: "primary", id: "ended-next", onclick: actions[next] }, button);
    const back = element("button", { type: "button", id: "ended-start", onclick: actions.start }, "Back to the start");
    byId("ended-actions").replaceChildren(...(next === "start" ? [main] : [main, back]));
    showScreen("ended", { besides: keepsWorkspace ? "connected" : undefined });
}

function showCandidates(error) {
    const place = byId("ended-candidates");
    place.hidden = error?.code !== "no_route";
    if (place.hidden) return;
    place.replaceChildren(
        element("p", {}, "Each device tells the other the addresses at which it may be reached. These were tried:"),
        ...candidateList("This device", error.local),
        ...candidateList("The other device", error.remote),
        element(
            "p",
            {},
            "What helps: put both on the same network; leave a VPN or a guest Wi-Fi that keeps devices apart; or enter a TURN server, " +
                "which passes the encrypted data on, in the connection settings of one of the devices.",
        ),
    );
}

function candidateList(name, candidates) {
    const items = candidates.map((candidate) => element("li", {}, candidateSentence(candidate)));
    return [element("h2", {}, name), element("ul", {}, ...(items.length > 0 ? items : [element("li", {}, "none")]))];
}
