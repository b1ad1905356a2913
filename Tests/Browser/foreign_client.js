// A client of somebody else, in a page: a socket, an RTCPeerConnection and the messages, written down in one of several ways. It is side A or
// B of a room, and opens its data channel in band, or takes the one that it is given.

const DIALECTS = {
    noisyTransfer: {
        description: ({ type, sdp }) => ({ type, sdp: { type, sdp } }),
        candidate: (candidate) => ({ type: "ice", cand: candidate && candidate.toJSON() }),
    },
    flat: {
        description: ({ type, sdp }) => ({ type, sdp }),
        candidate: (found) => {
            if (found === null) return null;
            const { candidate, sdpMid, sdpMLineIndex } = found;
            return { type: "ice", candidate, sdpMid, sdpMLineIndex };
        },
    },
    withMid: {
        description: ({ type, sdp }) => ({ id: "peer", type, sdp }),
        candidate: (candidate) => candidate && { id: "peer", type: "ice", candidate: candidate.candidate, mid: candidate.sdpMid },
    },
    wrapped: {
        description: ({ type, sdp }) => ({ type, sdp }),
        candidate: (candidate) => candidate && { type: "ice", candidate: { type: "candidate", candidate: candidate.toJSON() } },
    },
};

globalThis.foreign = { received: [], state: "new", channel: undefined };

globalThis.beginForeign = async ({ dialect, code, isInBand }) => {
    const { description, candidate: written } = DIALECTS[dialect];
    const body = code === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code }) };
    const response = await fetch(`/rendezvous/${code === undefined ? "code" : "redeem"}`, { method: "POST", ...body });
    const room = await response.json();
    const side = code === undefined ? "A" : "B";
    const peer = new RTCPeerConnection();
    const use = (channel) => {
        foreign.channel = channel;
        channel.onmessage = ({ data }) => foreign.received.push(data);
        channel.onopen = () => { foreign.state = "open"; };
        if (channel.readyState === "open") foreign.state = "open";
    };
    peer.ondatachannel = ({ channel }) => use(channel);
    if (!isInBand) use(peer.createDataChannel("data", { negotiated: true, id: 0 }));
    else if (side === "A") use(peer.createDataChannel("data", { ordered: true }));
    const place = new URLSearchParams({ appID: room.appID, side, token: room.token });
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws?${place}`);
    const say = (frame) => frame && socket.send(JSON.stringify(frame));
    peer.onicecandidate = ({ candidate }) => say(written(candidate));
    socket.onmessage = async ({ data }) => {
        const frame = JSON.parse(data);
        if (frame.type === "room_full" && side === "A") {
            say({ type: "sender_ready" });
            await peer.setLocalDescription();
            say(description(peer.localDescription));
        } else if (frame.type === "offer" || frame.type === "answer") {
            await peer.setRemoteDescription(frame.sdp);
            if (frame.type === "answer") return;
            await peer.setLocalDescription();
            say(description(peer.localDescription));
        } else if (frame.type === "ice") {
            // What comes before the description is lost: the other side finds the way by itself.
            await peer.addIceCandidate(frame.candidate ?? frame.cand ?? undefined).catch(() => {});
        }
    };
    return room.code;
};
