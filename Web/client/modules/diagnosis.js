// Why two devices do not reach each other, and what developers and operators can do about it.

/** TURN says no with these: wrong, unknown or expired credentials, a quota that is used up, too many allocations. */
const REFUSALS = [486, 508];
const isRefusal = (code) => (code >= 400 && code < 500) || REFUSALS.includes(code);
/** No STUN or TURN server was reached. */
export const UNREACHED = 701;

/**
 * What one side can tell by itself, as the server's `diagnosis` frame has it: `{ cause, side, hint }`. The server knows both sides' reports
 * and decides by the same rules, so its word is better where there is one.
 *
 * `here` and `there` are the names of the sides, `local` and `remote` their candidates, counted; the rest is as in a report.
 */
export function diagnose({ here, there, local, remote, servers, errors, reason, dtls, ice, pairs }) {
    const hasNone = ({ host, srflx, relay, prflx }) => host + srflx + relay + prflx === 0;
    if (reason === "verification-failed") return { cause: "verification_failed", side: "both" };
    if (reason === "dtls-failed" || (dtls === "failed" && ice !== "failed")) return { cause: "dtls_failed", side: "both" };
    const obstacle = obstacleHere({ local, servers, errors });
    if (obstacle) return { cause: obstacle, side: here };
    if (hasNone(local)) return { cause: "no_candidates", side: here };
    if (hasNone(remote)) return { cause: "no_candidates", side: there };
    if (servers.turn === 0 && local.relay + remote.relay === 0) return withoutRelay({ here, there, local, remote, servers });
    const unresolved = pairs === 0 && [[local, here], [remote, there]].find(([counts]) => isHidden(counts));
    if (unresolved) return { cause: "checks_failed", side: unresolved[1], hint: "mdns" };
    return { cause: reason === "timeout" ? "timeout" : "checks_failed", side: "both" };
}

/** What is certain while the two still try, though only one side's report is known. Undefined if nothing is. */
export function earlyWarning({ here, local, remote, servers, errors, isComplete }) {
    // A relay on either side may be enough.
    if (local.relay + remote.relay > 0 || !(isComplete || errors.includes(UNREACHED))) return undefined;
    const obstacle = obstacleHere({ local, servers, errors });
    if (obstacle) return { cause: obstacle, side: here };
    const { cause, side, hint } = withoutRelay({ here, there: undefined, local, remote, servers });
    return hint === "no_stun" ? { cause, side, hint } : undefined;
}

/** What this side's own candidates show: that its network, or its TURN server, is in the way. Undefined if they show nothing. */
function obstacleHere({ local, servers, errors }) {
    if (local.relay > 0) return undefined;
    if (servers.turn > 0 && errors.some(isRefusal)) return "relay_refused";
    if (servers.stun + servers.turn > 0 && local.srflx === 0 && errors.includes(UNREACHED)) return "udp_blocked";
    return servers.turn > 0 ? "relay_unreachable" : undefined;
}

function withoutRelay({ here, there, local, remote, servers }) {
    const cause = "no_relay_configured";
    if (local.srflx > 0 && remote.srflx > 0) return { cause, side: "both", hint: "strict_nat" };
    if (servers.stun === 0 && local.srflx + remote.srflx === 0) return { cause, side: "both", hint: "no_stun" };
    if (local.srflx === 0 && remote.srflx === 0) return { cause, side: "both" };
    return { cause, side: local.srflx === 0 ? here : there };
}

/** All that it has is names that only its own network resolves. */
function isHidden({ host, srflx, relay, prflx, mdns }) {
    return mdns > 0 && mdns === host && srflx + relay + prflx === 0;
}

const OVER_TCP =
    "a TURN server over TCP or TLS on port 443 (turn:…?transport=tcp, turns:…), in the server's TURN_URLS or in iceServers";

/** By cause, or by cause and hint. `who` is "this device", "the other device", "both devices" or "one of the devices". */
const WORDS = {
    no_candidates: (who) =>
        `No network address was offered by ${who}. Check the network there, and the TURN server where iceTransportPolicy is relay.`,
    no_relay_configured: (who) =>
        `No public address of ${who} is known: UDP is blocked there, or the STUN server does not answer. What helps is ${OVER_TCP}.`,
    "no_relay_configured no_stun": () =>
        "No STUN or TURN server is configured, so only devices in one network find each other. Configure the server's STUN_PORT, " +
        "ICE_SERVERS or TURN_URLS, or pass iceServers.",
    "no_relay_configured strict_nat": () =>
        "Both devices have public addresses, and a strict NAT or a firewall keeps them apart. Only a TURN server helps: TURN_URLS and " +
        "TURN_SECRET of the server, or iceServers.",
    relay_unreachable: (who) =>
        `The TURN server did not answer ${who}. Check its address, and that it runs. Where UDP is blocked, it takes ${OVER_TCP}.`,
    relay_refused: (who) =>
        `The TURN server refused ${who}. Compare its secret with TURN_SECRET, and the clocks of both; or check username and credential ` +
        "in iceServers, and the TURN server's quotas.",
    udp_blocked: (who) => `UDP is blocked in the network of ${who}, or the STUN server is down. What helps is ${OVER_TCP}.`,
    checks_failed: () =>
        "Addresses were exchanged, and none led to the other device: a firewall or NAT is in the way. Check that both devices reach a " +
        "TURN server, and that it passes on what it gets.",
    "checks_failed mdns": (who) =>
        `The addresses of ${who} are hidden behind names that end in .local, which were not resolved. A STUN or TURN server helps: the ` +
        "server's STUN_PORT or TURN_URLS, or iceServers.",
    dtls_failed: () =>
        "The devices reached each other, and encryption did not come about: a certificate does not have the fingerprint that was " +
        "signaled, or something in between changes packets.",
    verification_failed: () =>
        "The program at one side did not recognize the other side. Somebody else may be in between: do not go on before you know why.",
    signaling_lost: (who) =>
        `The connection of ${who} to the signaling server broke before the two were connected. Check the network there, then pair again.`,
    timeout: () => "The two devices did not connect in time (connectWithinMs). Try again; if it happens again, configure a TURN server.",
};

const PLACES = { A: "the other device", B: "the other device", both: "both devices" };

/** What developers and operators can do, as seen by the side `here`. A cause that this version does not know has the server's words. */
export function adviceOf({ cause, side, hint, advice }, here) {
    const who = side === here ? "this device" : (PLACES[side] ?? "one of the devices");
    const words = WORDS[`${cause} ${hint}`] ?? WORDS[cause];
    return words ? words(who) : advice ?? "No way between the two devices was found.";
}
