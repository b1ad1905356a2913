// Why two devices do not reach each other, in words for people: what is in the way, at which of the two, and what to do.

import { capital, text } from "./text.js";

/**
 * By cause, or by cause and hint: `why` is the text of what is in the way, `helps` are those of what people can do, what is likeliest to help
 * first, and `next` is what the main button does once that is done, as in endings.js.
 */
const OBSTACLES = {
    no_candidates: { why: "obstacle.no_candidates", helps: ["help.checkNetwork", "help.onlyTURN"], next: "settings" },
    no_relay_configured: {
        why: "obstacle.no_relay_configured",
        helps: ["help.otherNetwork", "help.sameNetwork", "help.ownTURN"],
        next: "create",
    },
    "no_relay_configured no_stun": { why: "obstacle.no_stun", helps: ["help.sameNetwork", "help.noVPN", "help.ownTURN"], next: "create" },
    "no_relay_configured strict_nat": {
        why: "obstacle.strict_nat",
        helps: ["help.sameNetwork", "help.otherNetwork", "help.noVPN", "help.ownTURN"],
        // Either will do.
        helpsAt: "some",
        next: "create",
    },
    relay_unreachable: {
        why: "obstacle.relay_unreachable",
        helps: ["help.otherNetwork", "help.checkAddress", "help.tellOperator"],
        next: "create",
    },
    relay_refused: { why: "obstacle.relay_refused", helps: ["help.checkPassword", "help.reload", "help.tellOperator"], next: "settings" },
    udp_blocked: {
        why: "obstacle.udp_blocked",
        helps: ["help.otherNetwork", "help.sameNetwork", "help.noVPN", "help.ownTURN"],
        next: "create",
    },
    checks_failed: { why: "obstacle.checks_failed", helps: ["help.sameNetwork", "help.noVPN", "help.ownTURN"], next: "create" },
    "checks_failed mdns": { why: "obstacle.mdns", helps: ["help.sameNetwork", "help.noVPN", "help.ownTURN"], next: "create" },
    dtls_failed: { why: "obstacle.dtls_failed", helps: ["help.newCode", "help.otherNetworkAgain"], next: "create" },
    verification_failed: { why: "obstacle.verification_failed", helps: ["help.askPerson"], next: "create" },
    signaling_lost: { why: "obstacle.signaling_lost", helps: ["help.checkNetworkAgain"], next: "create" },
    timeout: { why: "obstacle.timeout", helps: ["help.newCode", "help.sameNetwork", "help.ownTURN"], next: "create" },
};

/** What is said where nothing is known of the cause: a link was lost later, or the server is newer than this page. */
const UNKNOWN = { why: "obstacle.unknown", helps: ["help.sameNetwork", "help.noVPN", "help.ownTURN"], next: "create" };

const PLACES = { A: "there", B: "there", both: "both" };

/** Those that are done in the settings of this page. */
const IN_SETTINGS = ["help.ownTURN", "help.checkAddress", "help.checkPassword", "help.onlyTURN"];

/** `{ why, helps, next, hasSettings }` for a diagnosis, as seen by the side `here`; `hasSettings` says whether the settings may help too. */
export function obstacleOf({ cause, side, hint }, here) {
    const place = side === here ? "here" : (PLACES[side] ?? "some");
    const { why, helps, helpsAt = place, next } = OBSTACLES[`${cause} ${hint}`] ?? OBSTACLES[cause] ?? UNKNOWN;
    // The settings of this device do not help where those of the other one are at fault.
    const isThere = place === "there" && !helps.includes("help.ownTURN");
    const hasSettings = !isThere && helps.some((help) => IN_SETTINGS.includes(help));
    return { why: about(why, place), helps: helps.map((help) => about(help, helpsAt)), next: isThere ? "create" : next, hasSettings };
}

/** What is said while the two still try. */
export function warningOf(diagnosis, here) {
    const { why, helps } = obstacleOf(diagnosis, here);
    return text("connecting.warning", { why, help: helps[0] });
}

/** A sentence about a device, in the forms that sentences need. */
function about(key, place) {
    return capital(text(key, { who: text(`who.${place}`), of: text(`who.${place}.of`), on: text(`who.${place}.on`) }));
}
