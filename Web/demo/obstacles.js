// Why two devices do not reach each other, in words for people: what is in the way, at which of the two, and what to do.

const OTHER_NETWORK = "switch to another network, for example the mobile data of a phone";
const SAME_NETWORK = "Put both devices on the same network, such as one Wi-Fi. A guest Wi-Fi may keep its devices apart.";
const NO_VPN = "Turn off a VPN, if one of the devices uses one.";
const OWN_TURN = "If you have a TURN server, enter it in the connection settings of one of the devices.";
const TELL_OPERATOR = "Tell whoever runs this page: the technical details below say what to look at.";

/**
 * By cause, or by cause and hint: `why` is what is in the way; `helps` is what people can do. `who` is "this device", "the other device",
 * "both devices", or "one of the devices" if it is not known which. `next` is as in endings.js.
 */
const OBSTACLES = {
    no_candidates: {
        why: (who) => `There is no address at which ${who} could be reached.`,
        helps: (who) => [
            `Check the network of ${who}.`,
            "If only a TURN server may be used there, check that server, or turn that off.",
        ],
        next: "settings",
    },
    no_relay_configured: {
        why: (who) => `The network of ${who} hides its public address, or blocks the kind of connection that is needed (UDP).`,
        helps: (who) => [`On ${who}, ${OTHER_NETWORK}.`, SAME_NETWORK, OWN_TURN],
        next: "settings",
    },
    "no_relay_configured no_stun": {
        why: () => "The two devices seem to be in different networks, and this server can only connect devices within one.",
        helps: () => [SAME_NETWORK, NO_VPN, OWN_TURN],
        next: "settings",
    },
    "no_relay_configured strict_nat": {
        why: () => "The networks of both devices are strict about connections from outside. A TURN server would have to pass the data on.",
        helps: () => [SAME_NETWORK, `On one of the devices, ${OTHER_NETWORK}.`, NO_VPN, OWN_TURN],
        next: "settings",
    },
    relay_unreachable: {
        why: (who) => `${capital(who)} did not reach the TURN server that was to pass the data on.`,
        helps: (who) => [`On ${who}, ${OTHER_NETWORK}.`, "If you have entered a TURN server, check its address.", TELL_OPERATOR],
        next: "settings",
    },
    relay_refused: {
        why: (who) => `The TURN server that was to pass the data on did not let ${who} in.`,
        helps: () => [
            "If you have entered a TURN server, check the user name and the password.",
            "If not, reload this page and try again with a new code.",
            TELL_OPERATOR,
        ],
        next: "settings",
    },
    udp_blocked: {
        why: (who) => `The network of ${who} blocks the kind of connection that is needed (UDP). Company and guest networks often do.`,
        helps: (who) => [`On ${who}, ${OTHER_NETWORK}.`, SAME_NETWORK, NO_VPN, OWN_TURN],
        next: "settings",
    },
    checks_failed: {
        why: () => "Each device knew addresses of the other one, and none of them could be reached. A firewall may be in the way.",
        helps: () => [SAME_NETWORK, NO_VPN, OWN_TURN],
        next: "settings",
    },
    "checks_failed mdns": {
        why: (who) => `The addresses of ${who} are hidden behind names that work only in the same network.`,
        helps: () => [SAME_NETWORK, NO_VPN, OWN_TURN],
        next: "settings",
    },
    dtls_failed: {
        why: () => "The two devices reached each other, and could not agree on the encryption. Something between them may change the data.",
        helps: () => ["Try again with a new code.", `If it happens again, ${OTHER_NETWORK}.`],
        next: "create",
    },
    verification_failed: {
        why: () => "The other side was not recognized. Somebody else may be in between.",
        helps: () => ["Check with the other person, by telephone for example, before you try again."],
        next: "create",
    },
    signaling_lost: {
        why: (who) => `${capital(who)} lost the server before the two were connected.`,
        helps: (who) => [`Check the network of ${who}, then try again with a new code.`],
        next: "create",
    },
    timeout: {
        why: () => "No way between the two devices was found in time.",
        helps: () => ["Try again with a new code.", SAME_NETWORK, OWN_TURN],
        next: "create",
    },
};

const PLACES = { A: "the other device", B: "the other device", both: "both devices" };

/** What is said where nothing is known of the cause: a link was lost later, or the server is newer than this page. */
const UNKNOWN = {
    why: () => "There is no way between the two devices, or none any more.",
    helps: () => [SAME_NETWORK, NO_VPN, OWN_TURN],
    next: "settings",
};

/** `{ why, helps, next }` for a diagnosis, as seen by the side `here`. */
export function obstacleOf({ cause, side, hint }, here) {
    const who = side === here ? "this device" : (PLACES[side] ?? "one of the devices");
    const { why, helps, next } = OBSTACLES[`${cause} ${hint}`] ?? OBSTACLES[cause] ?? UNKNOWN;
    const all = helps(who);
    // The settings of this device do not help where those of the other one are at fault.
    const isThere = who === "the other device" && !all.includes(OWN_TURN);
    return { why: why(who), helps: all, next: isThere ? "create" : next };
}

/** What is said while the two still try. */
export function warningOf(diagnosis, here) {
    const { why, helps } = obstacleOf(diagnosis, here);
    return `This may not work out: ${why.charAt(0).toLowerCase()}${why.slice(1)} ${helps[0]}`;
}

function capital(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
}
