// The demo page: from the start through a pairing to a link and its end.
//
//   start ──────→ code (side A waits) ┐
//   invitation ─→ connecting ─────────┴→ connected → ended → start
//
// The client (/client/signaling.js) makes the link, and its files (/client/files.js) go over it; workspace.js shows both.

import { removeStaleFiles, startHashing, startSaving } from "../client/files.js";
import { pair } from "../client/signaling.js";
// Loaded with the page: a browser that has once failed to load it when it is needed would not try again before a reload.
import "../client/verified.js";

import { accessKey, askForKey, stopAskingForKey } from "./access-key.js";
import { clearObjection, emptyCodeField, submitCode, takeInvitation, watchCodeField } from "./code-field.js";
import { hideCode, showCode } from "./code-screen.js";
import { showSteps } from "./connecting-steps.js";
import { byId, setNote, setText } from "./dom.js";
import { showEnding } from "./ended-screen.js";
import { adviceFor } from "./endings.js";
import { watchFiles } from "./file-input.js";
import { formatDuration } from "./format.js";
import { iceOptions, openIceSettings } from "./ice-settings.js";
import { keepCopy, takeShared, watchServer } from "./installed.js";
import { showLocalAddress } from "./local-address.js";
import { warningOf } from "./obstacles.js";
import { addToOutbox } from "./outbox.js";
import { Room } from "./room.js";
import { showScreen, shownScreen } from "./screens.js";
import { chooseLanguage, fillPage, text } from "./text.js";
import { Workspace } from "./workspace.js";

/** Words of the next code. After words that did not match, a guess is made a thousand times harder. */
const WORDS = 2;
const WORDS_AFTER_MISMATCH = 3;

/** Said by the person here, not by the client. */
const DIGITS_DIFFER = { code: "digits_differ", message: "the digits that were compared are not the same" };

/** After this time without the other device, people are told what to look at. */
const ABSENCE_HINT_MS = 8_000;

/** Where a file or a folder that cannot be sent is told of. */
const FILE_NOTES = ["start-note", "notice", "file-note"];

let words = WORDS;
let attempt = null;
let workspace = null;
let link = null;
/** The side of this device in the newest attempt: who makes the code is A. */
let here = "A";
let absenceHint;

/** Pairs with the other device: without a code as side A, with one that was entered as side B. Comes back to a room that was left. */
async function connect(entered, room = new Room()) {
    const options = iceOptions();
    // The form shows what is wrong with it.
    if (options === null) return showScreen("start", { focus: byId("ice-url") });
    const isComingBack = room.canBeEntered;
    // From here on, a code or an invitation is used up, and a reload must not offer it again.
    emptyCodeField();
    attempt = new AbortController();
    here = entered === undefined ? "A" : "B";
    if (entered !== undefined) room.given(entered);
    const { signal } = attempt;
    const authorization = accessKey();
    stopAskingForKey();
    const retry = () => connect(entered, room);
    const beginning = isComingBack ? "returning" : entered === undefined ? "code" : "checking";
    setNote(byId("start-note"), null);
    setNote(byId("connecting-trouble"), null);
    setNote(byId("connecting-warning"), null);
    // A code that is yet to be made has words and a link.
    showStage(beginning, beginning === "code" || room.isProved);
    showScreen("connecting");
    try {
        const made = await pair({
            ...options,
            base: new URL(location.pathname, location.origin),
            ...(isComingBack ? room.options : entered === undefined ? { words, link: true } : { code: entered.text }),
            ...(authorization === undefined ? {} : { authorization }),
            signal,
            onRoom: (place) => room.entered(place),
            onCode: (minted) => room.minted(minted),
            onProgress: (stage, detail) => showProgress(room, stage === "code" ? beginning : stage, detail),
            onSession: followSession,
        });
        work(made, { retry, room });
    } catch (error) {
        if (signal.aborted) return;
        if (error.code === "unauthorized") enterKey(retry);
        else end(error, { retry, room, isComingBack });
    } finally {
        hideCode();
        clearTimeout(absenceHint);
    }
}

/** The side with a code sees the code until the other one comes. A warning tells what is in the way while the two still try. */
function showProgress(room, stage, { warning } = {}) {
    clearTimeout(absenceHint);
    showStage(stage, room.isProved);
    setNote(byId("connecting-warning"), warning === undefined ? null : warningOf(warning, here));
    if (stage === "negotiating") {
        room.met();
        showScreen("connecting");
    }
    if (stage !== "waiting") return;
    const open = room.openCode;
    if (open !== null) showCode(open);
    else absenceHint = setTimeout(() => setNote(byId("connecting-warning"), text("connecting.absent")), ABSENCE_HINT_MS);
}

function showStage(stage, proves) {
    setText(byId("connecting-text"), text(`stage.${stage}`));
    showSteps(stage, { proves });
}

function enterKey(retry) {
    askForKey(retry);
    start({ focus: byId("key-input") });
}

function followSession(session) {
    const notes = ["code-trouble", "connecting-trouble"].map(byId);
    const tell = (sentence) => notes.forEach((note) => setNote(note, sentence));
    session.addEventListener("reconnecting", ({ detail }) => {
        tell(text("connecting.again", { time: formatDuration(detail.delayMs), advice: adviceFor(detail.reason) }));
    });
    session.addEventListener("open", () => tell(null));
}

function work(made, { retry, room }) {
    link = made;
    let differs = false;
    workspace = new Workspace(link, () => {
        differs = true;
        workspace.disown();
        made.close();
    });
    link.addEventListener("closed", ({ detail }) => end(differs ? DIGITS_DIFFER : detail.error, { retry, room, isComingBack: false }));
    showScreen("connected");
}

/** `isComingBack`: the attempt was one in a room that had been left before. */
function end(error, { retry, room, isComingBack }) {
    if (error?.code === "code_mismatch") words = WORDS_AFTER_MISMATCH;
    workspace?.end();
    const actions = {
        retry,
        create: () => connect(),
        enter: () => start({ focus: byId("code-input") }),
        settings: () => {
            start();
            openIceSettings();
        },
        key: () => enterKey(retry),
        start: () => start(),
    };
    showEnding(error, actions, { here, keepsWorkspace: link !== null, hasRoom: room.canBeEntered, isComingBack });
    link = null;
}

function start(options) {
    attempt?.abort();
    clearObjection();
    showScreen("start", options);
}

function readInvitation() {
    const digits = takeInvitation();
    if (digits === undefined || link !== null) return;
    attempt?.abort();
    const accept = byId("accept-invitation");
    setText(accept, text("invitation.accept", { code: digits }));
    showScreen("invitation", { focus: accept });
}

/** On the screen that is there: a folder may be dropped on each. */
function refuse(sentence) {
    const own = { start: "start-note", connected: "notice" }[shownScreen()];
    setNote(byId(own ?? "file-note"), sentence);
}

/** Files go to the other device, or wait for one. */
function takeFiles(files) {
    FILE_NOTES.forEach((id) => setNote(byId(id), null));
    if (workspace?.isOpen) workspace.sendFiles(files);
    else addToOutbox(files);
}

/** What another program has shared with the page waits for a device, as if it had been chosen and written here. */
async function readShared() {
    const shared = await takeShared().catch(() => ({ failed: true }));
    if (shared === null) return;
    if (shared.failed) return setNote(byId("start-note"), text("start.shareFailed"));
    addToOutbox(shared.files);
    if (shared.text === "") return;
    byId("chat-input").value = shared.text;
    setNote(byId("start-note"), text("start.sharedText"));
}

byId("cancel-code").addEventListener("click", () => start());
byId("cancel-connecting").addEventListener("click", () => start());
byId("disconnect").addEventListener("click", () => link?.close());
byId("accept-invitation").addEventListener("click", submitCode);
byId("decline-invitation").addEventListener("click", () => {
    emptyCodeField();
    start();
});
watchCodeField({
    create: () => connect(),
    use: (entered) => connect(entered),
    failed: (error) => end(error, { retry: () => start({ focus: byId("join") }), room: new Room(), isComingBack: false }),
    show: () => shownScreen() === "start" || start(),
});
watchFiles(takeFiles, refuse);
document.addEventListener("screen", () => setNote(byId("file-note"), null));
addEventListener("hashchange", readInvitation);
addEventListener("beforeunload", (event) => {
    if (link !== null && workspace.isBusy) event.preventDefault();
});

// Before anything is shown.
await chooseLanguage();
fillPage();
start();
readInvitation();
readShared();
showLocalAddress();
watchServer((isReached) => setNote(byId("server-note"), isReached ? null : text("start.unreached")));
keepCopy();
removeStaleFiles().catch(() => {});
// Now: when the first file comes, the server that has the script may be away.
startHashing();
startSaving();
