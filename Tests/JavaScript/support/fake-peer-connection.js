// An RTCPeerConnection that the test moves. It keeps the rules of descriptions; candidates and states are the test's.

export class FakePeerConnection extends EventTarget {
    static last;
    /** The window that the link listens to. */
    static window;

    static install(t) {
        globalThis.RTCPeerConnection = FakePeerConnection;
        FakePeerConnection.window = new EventTarget();
        globalThis.addEventListener = FakePeerConnection.window.addEventListener.bind(FakePeerConnection.window);
        t.after(() => {
            delete globalThis.RTCPeerConnection;
            delete globalThis.addEventListener;
        });
    }

    signalingState = "stable";
    connectionState = "new";
    localDescription = null;
    remoteDescription = null;
    restarts = 0;
    candidates = [];
    stats = new Map();

    constructor(configuration) {
        super();
        for (const { urls } of configuration.iceServers) if (urls === "stun:refused") throw new SyntaxError("stun:refused is not valid");
        if (configuration.bundlePolicy === "bogus") throw new TypeError("bogus is no bundle policy");
        this.configuration = configuration;
        FakePeerConnection.last = this;
    }

    createDataChannel(label, options) {
        this.channel = Object.assign(new EventTarget(), { label, options, close() {} });
        return this.channel;
    }

    async setLocalDescription() {
        const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
        this.localDescription = { type, sdp: `${type} of generation ${this.restarts}` };
        this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    }

    async setRemoteDescription(description) {
        if (description.type === "answer" && this.signalingState !== "have-local-offer") throw new Error("no offer to answer");
        this.remoteDescription = description;
        this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
    }

    async addIceCandidate(candidate) {
        this.candidates.push(candidate);
    }

    restartIce() {
        this.restarts += 1;
    }

    async getStats() {
        return this.stats;
    }

    close() {
        this.signalingState = "closed";
    }

    // What happens to it

    becomes(connectionState) {
        this.connectionState = connectionState;
        this.dispatchEvent(new Event("connectionstatechange"));
    }

    finds(line) {
        const candidate = line === null ? null : { candidate: line };
        this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate }));
    }

    opens() {
        this.channel.dispatchEvent(new Event("open"));
    }
}

export const HOST = "candidate:1 1 udp 2122260223 192.0.2.4 61922 typ host generation 0";
export const SRFLX = "candidate:2 1 UDP 1686052607 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0";
export const RELAY = "candidate:3 1 udp 41885439 198.51.100.9 50000 typ relay raddr 0.0.0.0 rport 0";

export function described(type, fingerprint = "AA:BB") {
    return { type, sdp: `v=0\r\na=fingerprint:sha-256 ${fingerprint}\r\n` };
}
