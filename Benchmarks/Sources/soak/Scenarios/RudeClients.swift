import LoadClients
import NIOCore

/// Clients that leave without a word, play dead, or do not keep to the protocol.
extension Soak {
    /// Half of them with frames of theirs and of their peer on the way.
    func reset(_ cast: Cast) async throws {
        let (rude, peer, toRude, toPeer) = try await self.pairForTrouble(cast)
        if self.chance(0.5) {
            try await rude.sync()
            rude.reset()
        } else {
            for number in 0..<20 {
                toPeer.send(.ice, Payloads.ice(number), through: rude, at: self.loop.now)
                toRude.send(.ice, Payloads.ice(-number), through: peer, at: self.loop.now)
            }
            await self.pause(0...0.002)
            rude.reset()
            rude.forgetWaiting()
        }
        try await rude.ended()
        try await self.leftAlone(peer, toPeer, toRude)
    }

    /// The end of the stream without a close frame. What was sent before arrives.
    func cut(_ cast: Cast) async throws {
        let (rude, peer, toRude, toPeer) = try await self.pairForTrouble(cast)
        for number in 0..<20 { toPeer.send(.ice, Payloads.ice(number), through: rude, at: self.loop.now) }
        if self.chance(0.5) { try await rude.sync() }
        rude.cut()
        while toPeer.waiting > 0 { try await peer.expect(frameOf: toPeer) }
        try await rude.ended()
        try await self.leftAlone(peer, toPeer, toRude)
    }

    /// Gone between the request and its answer: the server may have read the request, or not.
    func resetMidUpgrade(_ cast: Cast) async throws {
        let client = cast.make(self.newRoom(), .a, from: self.newAddress())
        try await client.dial(self.address)
        if self.chance(0.5) { await self.pause(0...0.001) }
        client.reset()
        try await client.ended()
    }

    /// Neither reads nor answers, as one whose machine lost its network; the kernel takes what is sent to it.
    func silent(_ cast: Cast) async throws {
        let (rude, peer, toRude, _) = try await self.pairForTrouble(cast)
        try await rude.sync()
        rude.answers = false
        rude.isReading = false
        for number in 0..<10 { toRude.send(.ice, Payloads.ice(number), through: peer, at: self.loop.now) }
        try await peer.expect(.peerLeft, within: self.patience)
        rude.isReading = true
        while toRude.waiting > 0 { try await rude.expect(frameOf: toRude) }
        try await rude.expect(closed: 4002)
        try await peer.close()
    }

    /// Breaks RFC 6455, each time in another way.
    func violation(_ cast: Cast) async throws {
        let breaches: [(bytes: [UInt8], code: Int)] = [
            // Not masked.
            ([0x81, 0x02, 0x7B, 0x7D], 1002),
            // A reserved bit; a reserved opcode.
            ([0xC1, 0x80, 0, 0, 0, 0], 1002), ([0x83, 0x80, 0, 0, 0, 0], 1002),
            // A ping that is a fragment; one that is too long.
            ([0x09, 0x80, 0, 0, 0, 0], 1002), ([0x89, 0xFE, 0x00, 0x7E, 0, 0, 0, 0], 1002),
            // A continuation of nothing.
            ([0x80, 0x80, 0, 0, 0, 0], 1002),
            // A length that is not minimal.
            ([0x81, 0xFE, 0x00, 0x05, 0, 0, 0, 0, 0x7B, 0x7D, 0x20, 0x20, 0x20], 1002),
            // A close with half a code; with a code that is never sent.
            ([0x88, 0x81, 0, 0, 0, 0, 0x03], 1002), ([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED], 1002),
            // Text that is not UTF-8; that ends within a character.
            ([0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28], 1007), ([0x81, 0x81, 0, 0, 0, 0, 0xE2], 1007),
            // A message of 1 MiB and a byte.
            ([0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 0x01, 0, 0, 0, 0], 1009),
        ]
        guard let breach = breaches.randomElement(using: &self.random) else { return }
        let (rude, peer, toRude, toPeer) = try await self.pairForTrouble(cast)
        try await rude.sync()
        rude.sendViolation(ByteBuffer(bytes: breach.bytes))
        try await rude.expect(closed: breach.code)
        // The close frames among them are read as frames, but not understood.
        try await self.leftAlone(peer, toPeer, toRude)
    }

    /// Frames that are refused while the connection stays.
    func badFrames(_ cast: Cast) async throws {
        let frames: [(kind: FrameKind, opcode: Opcode, bytes: String, error: String)] = [
            (.invalid, .text, "nope", "invalid_json"),
            (.invalid, .text, "[1]", "invalid_json"),
            (.invalid, .binary, #"{"type":"ice""#, "invalid_json"),
            (.invalid, .text, #"{"no":"type"}"#, "missing_type"),
            (.invalid, .text, #"{"type":7}"#, "invalid_field"),
            (.other, .text, #"{"type":"warp"}"#, "unknown_type"),
            (.send, .text, #"{"type":"send","to":"C","payload":1}"#, "invalid_field"),
            (.send, .text, #"{"type":"send","to":"b"}"#, "invalid_field"),
            (.delivered, .text, #"{"type":"delivered"}"#, "invalid_field"),
            (.hello, .text, #"{"type":"hello","deliveredUpTo":-1}"#, "invalid_field"),
            (.telemetry, .text, #"{"type":"telemetry","event":"rain"}"#, "invalid_field"),
        ]
        let client = try await cast.open(self.newRoom(), .a, from: self.newAddress())
        for frame in frames.shuffled(using: &self.random) {
            client.send(frame.kind, ByteBuffer(string: frame.bytes), frame.opcode)
            try await client.expect(error: frame.error)
        }
        try await client.close()
    }

    /// More reports than one connection may make in a minute; the pairing counts once.
    func telemetryFlood(_ cast: Cast) async throws {
        let (rude, peer, _, _) = try await self.pairForTrouble(cast)
        let tooMany = 10
        cast.reported(mode: "relay")
        for _ in 0..<60 + tooMany { rude.send(.telemetry, Payloads.connected(mode: "relay")) }
        for _ in 0..<tooMany { try await rude.expect(error: "rate_limited") }
        self.ledger.rateLimited["telemetry", default: 0] += tooMany
        try await self.part(rude, peer)
    }

    // MARK: - Shared

    private typealias Pair = (rude: WebSocketClient, peer: WebSocketClient, toRude: RelayStream, toPeer: RelayStream)

    private func pairForTrouble(_ cast: Cast) async throws -> Pair {
        let rude = try await cast.open(self.newRoom(), .a, from: self.newAddress())
        let peer = try await self.openPeer(cast, rude.request.room, rude)
        let pair = (rude, peer, cast.stream("peer to rude"), cast.stream("rude to peer"))
        try await self.exchange(rude, pair.2, peer, pair.3)
        return pair
    }

    /// The peer of one that is gone: takes what still comes, hears of it, and leaves.
    private func leftAlone(_ peer: WebSocketClient, _ toPeer: RelayStream, _ toRude: RelayStream) async throws {
        while true {
            switch try await peer.next(within: self.patience) {
            case .relayed(let opcode, let payload): toPeer.receive(opcode, payload)
            case .peerLeft:
                toPeer.writeOff()
                toRude.writeOff()
                try await peer.close()
                return
            case let message: throw LoadFailure.unexpected("\(message) instead of peer_left")
            }
        }
    }
}
