// A WebRTC connection that engine_chromium.py asks for one thing after the other. `tell` is that program's.

const HIGH_WATER = 1 << 20;
const LOW_WATER = 256 * 1024;

let connection;
let channel;

function follow() {
    connection.addEventListener("icecandidate", ({ candidate }) => tell("candidate", { candidate: candidate?.toJSON() ?? null }));
    connection.addEventListener("icecandidateerror", ({ errorCode }) => tell("candidateError", { code: errorCode }));
    connection.addEventListener("negotiationneeded", () => tell("negotiationNeeded", {}));
    connection.addEventListener("connectionstatechange", () => tell("state", { state: connection.connectionState }));
    channel.addEventListener("open", () => tell("channelOpened", {}));
    channel.addEventListener("close", () => tell("channelClosed", {}));
    channel.addEventListener("message", ({ data }) => tell("message", { data: inBase64(data) }));
}

function inBase64(data) {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data);
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** How many URLs of a kind there are. */
function urls(kind) {
    return connection.getConfiguration().iceServers.flatMap((server) => server.urls).filter((url) => url.startsWith(kind)).length;
}

globalThis.engine = {
    configure(servers) {
        connection = new RTCPeerConnection({ iceServers: servers });
        channel = connection.createDataChannel("data", { negotiated: true, id: 0 });
        channel.binaryType = "arraybuffer";
        channel.bufferedAmountLowThreshold = LOW_WATER;
        follow();
    },
    async offer() {
        await connection.setLocalDescription(await connection.createOffer());
        return connection.localDescription.sdp;
    },
    async answer() {
        await connection.setLocalDescription(await connection.createAnswer());
        return connection.localDescription.sdp;
    },
    local: () => connection.localDescription?.sdp ?? null,
    apply: (type, sdp) => connection.setRemoteDescription({ type, sdp }),
    add: (candidate) => connection.addIceCandidate(candidate),
    restart: () => connection.restartIce(),
    servers: (servers) => connection.setConfiguration({ ...connection.getConfiguration(), iceServers: servers }),
    async statistics() {
        const stats = [...(await connection.getStats()).values()];
        const transport = stats.find(({ type }) => type === "transport");
        const candidate = (id) => stats.find((entry) => entry.id === id);
        const pair = transport && candidate(transport.selectedCandidatePairId);
        const [local, remote] = pair ? [pair.localCandidateId, pair.remoteCandidateId].map(candidate) : [];
        return {
            pairs: stats.filter(({ type }) => type === "candidate-pair").length,
            dtls: transport?.dtlsState ?? null,
            ice: connection.iceConnectionState,
            stunServers: urls("stun"),
            turnServers: urls("turn"),
            selected: local && remote ? { local: local.candidateType, remote: remote.candidateType, transport: local.protocol } : null,
        };
    },
    async send(data) {
        channel.send(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
        while (channel.bufferedAmount > HIGH_WATER && channel.readyState === "open") {
            await new Promise((resolve) => {
                for (const type of ["bufferedamountlow", "close"]) channel.addEventListener(type, resolve, { once: true });
            });
        }
    },
    end: () => channel.close(),
    close: () => connection.close(),
};
