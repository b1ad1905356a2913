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
    iceConnectionState = "new";
    iceGatheringState = "new";
    sctp = null;
    localDescription = null;
    remoteDescription = null;
    restarts = 0;
    candidates = [];
    channels = [];
    stats = new Map();

    constructor(configuration) {
        super();
        for (const { urls } of configuration.iceServers) if (urls === "stun:refused") throw new SyntaxError("stun:refused is not valid");
        if (configuration.bundlePolicy === "bogus") throw new TypeError("bogus is no bundle policy");
        this.configuration = configuration;
        FakePeerConnection.last = this;
    }

    #requireOpen() {
        if (this.signalingState === "closed") throw new Error("the connection is closed");
    }

    /** The first one is the link's own. */
    createDataChannel(label, options) {
        this.#requireOpen();
        const channel = new FakeChannel(label, options);
        this.channel ??= channel;
        this.channels.push(channel);
        return channel;
    }

    async setLocalDescription() {
        this.#requireOpen();
        const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
        this.localDescription = { type, sdp: `${type} of generation ${this.restarts}` };
        this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    }

    async setRemoteDescription(description) {
        this.#requireOpen();
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

    getConfiguration() {
        return this.configuration;
    }

    setConfiguration(configuration) {
        this.configuration = configuration;
    }

    close() {
        this.signalingState = "closed";
    }

    // What happens to it

    becomes(connectionState) {
        this.connectionState = connectionState;
        this.dispatchEvent(new Event("connectionstatechange"));
    }

    gathers(iceGatheringState) {
        this.iceGatheringState = iceGatheringState;
        this.dispatchEvent(new Event("icegatheringstatechange"));
    }

    finds(line) {
        const candidate = line === null ? null : { candidate: line };
        this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate }));
    }

    opens() {
        this.channel.opens();
    }

    /** The other side has opened a channel. */
    receivesChannel(label) {
        const channel = new FakeChannel(label);
        channel.readyState = "open";
        this.dispatchEvent(Object.assign(new Event("datachannel"), { channel }));
        return channel;
    }
}

/** A data channel whose buffer the test empties. */
export class FakeChannel extends EventTarget {
    readyState = "connecting";
    bufferedAmount = 0;
    bufferedAmountLowThreshold = 0;
    sent = [];

    constructor(label, options) {
        super();
        Object.assign(this, { label, options });
    }

    send(data) {
        if (this.readyState !== "open") throw new Error("the channel is not open");
        this.sent.push(data);
        this.bufferedAmount += data.length ?? data.byteLength ?? data.size;
    }

    close() {
        this.readyState = "closed";
    }

    opens() {
        this.readyState = "open";
        this.dispatchEvent(new Event("open"));
    }

    /** As when the other end has closed it, or this end's closing is done. */
    shuts() {
        this.readyState = "closed";
        this.dispatchEvent(new Event("close"));
    }

    /** Bytes leave the buffer until so many are left. */
    drainsTo(bytes) {
        const before = this.bufferedAmount;
        this.bufferedAmount = bytes;
        const { bufferedAmountLowThreshold: low } = this;
        if (before > low && bytes <= low) this.dispatchEvent(new Event("bufferedamountlow"));
    }
}

export const HOST = "candidate:1 1 udp 2122260223 192.0.2.4 61922 typ host generation 0";
export const SRFLX = "candidate:2 1 UDP 1686052607 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0";
export const RELAY = "candidate:3 1 udp 41885439 198.51.100.9 50000 typ relay raddr 0.0.0.0 rport 0";

export function described(type, fingerprint = "AA:BB") {
    return { type, sdp: `v=0\r\na=fingerprint:sha-256 ${fingerprint}\r\n` };
}
