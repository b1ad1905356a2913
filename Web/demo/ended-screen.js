// The screen that says why there is no connection, and what to do.

import { candidateSentence } from "./candidate-words.js";
import { byId, element, setNote, setText } from "./dom.js";
import { endingOf, isEnglish } from "./endings.js";
import { showScreen } from "./screens.js";
import { capital, text } from "./text.js";

/**
 * `actions` has a function for each `next` of endings.js; `here`, `hasRoom` and `isComingBack` are as there; `keepsWorkspace` says whether chat
 * and files stay readable below.
 */
export function showEnding(error, actions, { here, keepsWorkspace, hasRoom, isComingBack }) {
    const past = { hasRoom, isComingBack, wasConnected: keepsWorkspace };
    const { title, advice, helps, detail, next, button, again, hasSettings } = endingOf(error, here, past);
    setText(byId("ended-title"), title);
    setText(byId("ended-advice"), advice);
    // So that it is read aloud as what it is.
    if (isEnglish(error)) byId("ended-advice").setAttribute("lang", "en");
    else byId("ended-advice").removeAttribute("lang");
    setNote(byId("ended-first"), helps.length > 0 && text("ended.first", { help: helps[0] }));
    showMore(helps.slice(1), hasSettings && next !== "settings" ? [action("settings", actions.settings)] : []);
    showTechnical(error, detail);
    const buttons = [
        again && element("button", { type: "button", id: "ended-again", onclick: actions.retry }, again),
        element("button", { type: "button", id: "ended-next", onclick: actions[next] }, button),
        next !== "start" && action("start", actions.start, "plain"),
    ].filter(Boolean);
    // To go on as before, where that may help, is better than to begin anew.
    buttons[0].className = "primary";
    byId("ended-actions").replaceChildren(...buttons);
    showScreen("ended", { besides: keepsWorkspace ? "connected" : undefined });
}

function action(name, act, kind = "") {
    return element("button", { type: "button", class: kind, id: `ended-${name}`, onclick: act }, text(`ended.next.${name}`));
}

function showMore(helps, buttons) {
    const place = byId("ended-helps");
    place.hidden = helps.length + buttons.length === 0;
    place.open = false;
    byId("ended-more").replaceChildren(...helps.map((help) => element("li", {}, help)));
    byId("ended-further").replaceChildren(...buttons);
}

/** For people who run the server or the network. */
function showTechnical(error, detail) {
    const place = byId("ended-technical");
    place.hidden = error?.code !== "no_route" && detail === null;
    place.open = false;
    setNote(byId("ended-detail"), detail);
    byId("ended-candidates").replaceChildren(...(error?.code === "no_route" ? routeDetails(error) : []));
}

function routeDetails({ cause, side, hint, advice, local, remote }) {
    const diagnosis = [cause, side === "both" ? "both sides" : side && `side ${side}`, hint].filter(Boolean).join(", ");
    return [
        // For those people there is English alone.
        element("p", { lang: "en", dir: "ltr" }, diagnosis === "" ? advice : `${advice} (${diagnosis})`),
        element("p", {}, text("ended.candidates")),
        ...candidateList(text("who.here"), local),
        ...candidateList(text("who.there"), remote),
    ];
}

function candidateList(name, candidates) {
    const items = candidates.map((candidate) => element("li", {}, candidateSentence(candidate)));
    return [element("h2", {}, capital(name)), element("ul", {}, ...(items.length > 0 ? items : [element("li", {}, text("ended.none"))]))];
}
