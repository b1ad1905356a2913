// One side of a pairing, on nothing but what a browser brings along. rtc_peer.py is its twin on aiortc.

const CHUNK = 16 * 1024;
const HIGH_WATER = 256 * 1024;
const LOW_WATER = 64 * 1024;

export async function createCode(server) {
    return await answerOf(await fetch(`${server}/rendezvous/code`, { method: "POST" }));
}

export async function redeemCode(server, code) {
    const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code }) };
    return await answerOf(await fetch(`${server}/rendezvous/redeem`, request));
}

async function answerOf(response) {
    if (!response.ok) {
        throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
    }
    return await response.json();
}

export class Peer {
    #offers;
    #socket;
    #connection = new RTCPeerConnection({ iceServers: [] });
    #frames = [];
    #peakBuffered = 0;
    #transfer = { channel: undefined, chunks: [], announced: Promise.withResolvers(), confirmed: Promise.withResolvers() };
    #opened = Promise.withResolvers();
    #failure = Promise.withResolvers();

    constructor({ server, appID, side, offers }) {
        this.#offers = offers;
        // Nobody may be waiting on it when it is rejected.
        this.#failure.promise.catch(() => {});

        this.#connection.onicecandidate = ({ candidate }) => {
            // Chromium says the end of a generation with an empty candidate, and the end of them all with null.
            this.#send({ type: "ice", candidate: candidate?.candidate ? candidate.toJSON() : null });
        };
        this.#connection.ondatachannel = ({ channel }) => this.#adopt(channel);
        this.#connection.onconnectionstatechange = () => {
            if (this.#connection.connectionState === "failed") {
                this.#fail("the peer connection failed");
            }
        };

        this.#socket = new WebSocket(`${server.replace(/^http/, "ws")}/ws?appID=${appID}&side=${side}`);
        this.#socket.onclose = ({ code, reason }) => this.#fail(`the signaling socket was closed: ${code} ${reason}`);
        // Descriptions are applied asynchronously: a candidate must not overtake the offer that came before it.
        let last = Promise.resolve();
        this.#socket.onmessage = ({ data }) => {
            last = last.then(() => this.#receive(JSON.parse(data))).catch((error) => this.#fail(error));
        };
    }

    /// Sends `size` random bytes, receives the other side's, and tells what went each way.
    async exchange(size) {
        return await Promise.race([this.#exchange(size), this.#failure.promise]);
    }

    /// How far it has come, for the report of a test that came no further.
    status() {
        return {
            frames: this.#frames, socket: this.#socket.readyState,
            connection: this.#connection.connectionState, ice: this.#connection.iceConnectionState,
            channel: this.#transfer.channel?.readyState, buffered: this.#transfer.channel?.bufferedAmount,
            receivedBytes: this.#transfer.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0),
        };
    }

    async close() {
        this.#connection.close();
        const closed = new Promise((resolve) => { this.#socket.onclose = resolve; });
        this.#socket.close(1000);
        const { code, wasClean } = await closed;
        return { code, wasClean };
    }

    async #receive(frame) {
        this.#frames.push(frame.type);
        switch (frame.type) {
            case "room_full":
                if (this.#offers) {
                    this.#send({ type: "sender_ready" });
                    this.#adopt(this.#connection.createDataChannel("data"));
                    await this.#connection.setLocalDescription();
                    this.#send({ type: "offer", sdp: this.#connection.localDescription });
                }
                break;
            case "offer":
                await this.#connection.setRemoteDescription(frame.sdp);
                await this.#connection.setLocalDescription();
                this.#send({ type: "answer", sdp: this.#connection.localDescription });
                break;
            case "answer":
                await this.#connection.setRemoteDescription(frame.sdp);
                break;
            case "ice":
                await this.#connection.addIceCandidate(frame.candidate ?? undefined);
                break;
            case "error":
                throw new Error(`the server refused a frame: ${JSON.stringify(frame)}`);
        }
    }

    #adopt(channel) {
        channel.binaryType = "arraybuffer";
        channel.bufferedAmountLowThreshold = LOW_WATER;
        channel.onerror = ({ error }) => this.#fail(error);
        const { chunks, announced, confirmed } = this.#transfer;
        this.#transfer.channel = channel;
        // Set before anything is awaited: what arrives while nobody listens is lost.
        channel.onmessage = ({ data }) => {
            if (data instanceof ArrayBuffer) {
                chunks.push(data);
                return;
            }
            const { sha256, received } = JSON.parse(data);
            (sha256 === undefined ? confirmed : announced).resolve(sha256 ?? received);
        };
        if (channel.readyState === "open") {
            this.#opened.resolve();
        } else {
            channel.onopen = () => this.#opened.resolve();
        }
    }

    async #exchange(size) {
        await this.#opened.promise;
        const { channel, chunks, announced, confirmed } = this.#transfer;
        this.#send({ type: "telemetry", event: "ice-connected" });

        const bytes = randomBytes(size);
        for (let start = 0; start < size; start += CHUNK) {
            await this.#roomToSend(channel);
            channel.send(bytes.subarray(start, start + CHUNK));
            this.#peakBuffered = Math.max(this.#peakBuffered, channel.bufferedAmount);
        }
        const sent = await sha256(bytes);
        channel.send(JSON.stringify({ sha256: sent }));

        const expected = await announced.promise;
        const whole = await new Blob(chunks).arrayBuffer();
        const received = await sha256(whole);
        channel.send(JSON.stringify({ received }));

        return {
            sent, sentConfirmedAs: await confirmed.promise,
            received, receivedAnnouncedAs: expected, receivedBytes: whole.byteLength,
            frames: this.#frames, peakBuffered: this.#peakBuffered,
        };
    }

    async #roomToSend(channel) {
        if (channel.bufferedAmount + CHUNK > HIGH_WATER) {
            await new Promise((resolve) => channel.addEventListener("bufferedamountlow", resolve, { once: true }));
        }
    }

    #send(frame) {
        if (this.#socket.readyState === WebSocket.OPEN) {
            this.#socket.send(JSON.stringify(frame));
        }
    }

    #fail(reason) {
        this.#failure.reject(reason instanceof Error ? reason : new Error(String(reason)));
    }
}

function randomBytes(size) {
    const bytes = new Uint8Array(size);
    // 65,536 is the most that one call gives.
    for (let start = 0; start < size; start += 65_536) {
        crypto.getRandomValues(bytes.subarray(start, start + 65_536));
    }
    return bytes;
}

async function sha256(bytes) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
