// The route that ICE has selected, according to the statistics of an RTCPeerConnection.

/** Null while there is none. */
export function routeOf(stats) {
    const all = [...stats.values()];
    const selected = all.find(({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId);
    // Some browsers have no transport in their statistics and mark the pair instead.
    const candidatePair = selected
        ? stats.get(selected.selectedCandidatePairId)
        : all.find((entry) => entry.type === "candidate-pair" && (entry.selected ?? (entry.nominated && entry.state === "succeeded")));
    const { local, remote } = pairEnds(candidatePair, stats);
    if (!local || !remote) return null;
    return {
        kind: [local, remote].some(({ candidateType }) => candidateType === "relay") ? "relayed" : "direct",
        local: routeEnd(local),
        remote: routeEnd(remote),
        rttMs: candidatePair.currentRoundTripTime === undefined ? null : candidatePair.currentRoundTripTime * 1000,
        bytesSent: candidatePair.bytesSent ?? 0,
        bytesReceived: candidatePair.bytesReceived ?? 0,
    };
}

/** The statistics of a pair's two candidates. */
export function pairEnds(candidatePair, stats) {
    return { local: stats.get(candidatePair?.localCandidateId), remote: stats.get(candidatePair?.remoteCandidateId) };
}

function routeEnd({ candidateType, protocol, address, port, relayProtocol }) {
    const end = { type: candidateType, protocol };
    if (address) end.address = address;
    if (port) end.port = port;
    if (relayProtocol) end.relayProtocol = relayProtocol;
    return end;
}
