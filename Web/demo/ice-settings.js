// The STUN or TURN server that a person may enter. It is kept only in the form, for as long as the page is open.

import { byId, setText } from "./dom.js";
import { text } from "./text.js";

const ADDRESS = /^(stuns?|turns?):[^\s/?#@]+(\?transport=(udp|tcp))?$/;

byId("ice-form").addEventListener("submit", (event) => event.preventDefault());
byId("ice-url").addEventListener("input", () => showError(""));

/** Options for pair(): without a server here, it uses those that the signaling server names. Null if the form is not filled in correctly; the form then shows why. */
export function iceOptions() {
    const urls = byId("ice-url").value.trim();
    const relayOnly = byId("ice-relay-only").checked;
    const isTurn = urls.startsWith("turn");
    const username = byId("ice-username").value;
    const credential = byId("ice-credential").value;
    if (urls !== "" && !ADDRESS.test(urls)) return refuse(text("settings.ice.malformed"));
    if (isTurn && (username === "" || credential === "")) return refuse(text("settings.ice.incomplete"));
    if (relayOnly && urls !== "" && !isTurn) return refuse(text("settings.ice.relay.needed"));
    const server = isTurn ? { urls, username, credential } : { urls };
    const objection = urls === "" ? null : objectionTo(server);
    if (objection !== null) return refuse(text("settings.ice.refused", { reason: objection }));
    return { ...(urls !== "" && { iceServers: [server] }), rtcConfiguration: relayOnly ? { iceTransportPolicy: "relay" } : {} };
}

/** Opens the form, for somebody whose connection has failed without it. */
export function openIceSettings() {
    byId("ice-settings").open = true;
    byId("ice-url").focus();
}

/** Why the browser refuses a server; it is better to find out before a code is spent. */
function objectionTo(server) {
    // If the browser has no WebRTC at all, the page says so when it connects.
    if (globalThis.RTCPeerConnection === undefined) return null;
    try {
        new RTCPeerConnection({ iceServers: [server] }).close();
        return null;
    } catch (error) {
        return error.message;
    }
}

function refuse(reason) {
    showError(reason);
    openIceSettings();
    return null;
}

function showError(error) {
    setText(byId("ice-error"), error);
    if (error === "") byId("ice-url").removeAttribute("aria-invalid");
    else byId("ice-url").setAttribute("aria-invalid", "true");
}
