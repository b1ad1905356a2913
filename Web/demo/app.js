// The demo page: from the start through a pairing to a link and its end.
//
//   start → code (side A waits) ┐
//         → connecting ─────────┴→ connected → ended → start
//
// The client (/client/signaling.js) makes the link; workspace.js shows what goes over it; wire.js describes what two pages send each other.

import { pair } from "/client/signaling.js";

import { hideCode, showCode } from "./code-screen.js";
import { byId, setNote, setText } from "./dom.js";
import { showEnding } from "./ended-screen.js";
import { watchFiles } from "./file-input.js";
import { formatDuration } from "./format.js";
import { iceOptions, openIceSettings } from "./ice-settings.js";
import { removeStaleFiles } from "./saving.js";
import { showScreen } from "./screens.js";
import { Workspace } from "./workspace.js";

const STAGE_TEXTS = {
    code: "Asking the server for a code…",
    waiting: "Waiting for the other device…",
    negotiating: "The other device is here. Looking for a way between you…",
    connected: "Connected.",
};

let attempt = null;
let workspace = null;
let link = null;

/** Pairs with the other device: without a code as side A, with one as side B. */
async function connect(code) {
    const options = iceOptions();
    if (options === null) return;
    // From here on, a code or an invitation is used up, and a reload must not offer it again.
    history.replaceState(null, "", location.pathname);
    byId("code-input").value = "";
    setNote(byId("invitation"), null);
    attempt = new AbortController();
    const { signal } = attempt;
    const retry = () => connect(code);
    setText(byId("connecting-text"), code === undefined ? STAGE_TEXTS.code : "Checking the code…");
    setNote(byId("connecting-trouble"), null);
    showScreen("connecting");
    try {
        const made = await pair({
            ...options,
            base: location.origin,
            ...(code === undefined ? {} : { code }),
            signal,
            onCode: showCode,
            onProgress: (stage) => showStage(stage, code === undefined),
            onSession: followSession,
        });
        work(made, retry);
    } catch (error) {
        if (signal.aborted) return;
        end(error, retry);
    } finally {
        hideCode();
    }
}

/** The side with a code sees the code until the other one comes. */
function showStage(stage, isFirst) {
    setText(byId("connecting-text"), STAGE_TEXTS[stage]);
    if (stage === "negotiating") showScreen("connecting");
    if (stage === "waiting" && isFirst) showScreen("code");
}

function followSession(session) {
    const notes = ["code-trouble", "connecting-trouble"].map(byId);
    const tell = (text) => notes.forEach((note) => setNote(note, text));
    session.addEventListener("reconnecting", ({ detail }) => {
        tell(`The server is not reached. Trying again in ${formatDuration(detail.delayMs)}. ${detail.reason.advice}`);
    });
    session.addEventListener("open", () => tell(null));
}

function work(made, retry) {
    link = made;
    workspace = new Workspace(link);
    link.addEventListener("closed", ({ detail }) => end(detail.error, retry));
    showScreen("connected");
}

function end(error, retry) {
    workspace?.end();
    const actions = {
        retry,
        create: () => connect(),
        enter: () => start({ focus: byId("code-input") }),
        settings: () => {
            start();
            openIceSettings();
        },
        start: () => start(),
    };
    showEnding(error, actions, { keepsWorkspace: link !== null });
    link = null;
}

function start(options) {
    attempt?.abort();
    setText(byId("code-error"), "");
    showScreen("start", options);
}

/** `/#2802`: somebody was sent here with a code. Using it takes a click, so that a program that only opens links does not use it up. */
function readInvitation() {
    const [, code] = /^#(\d{4,8})$/.exec(location.hash) ?? [];
    if (code === undefined || link !== null) return;
    byId("code-input").value = code;
    setNote(byId("invitation"), `You were invited with the code ${code}. Press Connect to use it.`);
    start({ focus: byId("join") });
}

byId("create-code").addEventListener("click", () => connect());
byId("cancel-code").addEventListener("click", () => start());
byId("cancel-connecting").addEventListener("click", () => start());
byId("disconnect").addEventListener("click", () => link?.close());
byId("join-form").addEventListener("submit", (event) => {
    event.preventDefault();
    // People group digits, and phones add spaces.
    const code = byId("code-input").value.replace(/[\s-]/g, "");
    if (!/^\d{4,8}$/.test(code)) {
        setText(byId("code-error"), "A code has 4 to 8 digits.");
        byId("code-input").setAttribute("aria-invalid", "true");
        byId("code-input").focus();
        return;
    }
    connect(code);
});
byId("code-input").addEventListener("input", () => {
    setText(byId("code-error"), "");
    byId("code-input").removeAttribute("aria-invalid");
});
watchFiles(
    (files) => workspace?.sendFiles(files),
    (sentence) => setNote(byId("notice"), sentence),
);
addEventListener("hashchange", readInvitation);
addEventListener("beforeunload", (event) => {
    if (link !== null && workspace.isBusy) event.preventDefault();
});

start();
readInvitation();
removeStaleFiles();
