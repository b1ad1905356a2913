import LoadClients
import NIOCore

/// Two clients that stay and send each other frames at a steady rate. Frames are checked where they arrive, in callbacks: no task is
/// woken for them.
final class RelayPair {
    let a: WebSocketClient
    let b: WebSocketClient
    let toA: RelayStream
    let toB: RelayStream
    var isLeaving = false

    private let loop: LoadLoop
    private let latency: LatencyRecorder
    private var paces: [Pace]
    private var number = 0
    private var random: SplitMix64

    init(_ a: WebSocketClient, _ b: WebSocketClient, toA: RelayStream, toB: RelayStream, soak: isolated Soak) {
        self.a = a
        self.b = b
        self.toA = toA
        self.toB = toB
        self.loop = soak.loop
        self.latency = soak.latency
        self.random = SplitMix64(seed: soak.random.next())
        self.paces = []
        for _ in 0..<2 {
            let phase = Double.random(in: 0..<1, using: &self.random)
            self.paces.append(Pace(perSecond: soak.plan.pairRate, phase: phase, from: soak.loop.now))
        }
        for (client, stream) in [(a, toA), (b, toB)] {
            client.onMessage = { [unowned self] message in self.receive(message, stream, at: client) }
        }
    }

    func tick(_ now: UInt64) {
        guard !self.isLeaving else { return }
        if self.paces[0].isDue(now) { self.send(self.toB, self.a) }
        if self.paces[1].isDue(now) { self.send(self.toA, self.b) }
    }

    private func send(_ stream: RelayStream, _ client: WebSocketClient) {
        self.number += 1
        let size: Int
        switch Int.random(in: 0..<1000, using: &self.random) {
        case ..<700: size = Int.random(in: 100...400, using: &self.random)
        case ..<940: size = Int.random(in: 400...2000, using: &self.random)
        case ..<995: size = Int.random(in: 2000...16_000, using: &self.random)
        default: size = Int.random(in: 16_000...150_000, using: &self.random)
        }
        let payload = Payloads.relay(self.number, bytes: size, isWide: self.random.chance(0.1))
        let opcode = self.random.chance(0.1) ? Opcode.binary : .text
        let fragments = self.random.chance(0.03) ? Int.random(in: 2...6, using: &self.random) : 1
        stream.send(.ice, payload, opcode, fragments: fragments, through: client, at: self.loop.now)
    }

    private func receive(_ message: ServerMessage, _ stream: RelayStream, at client: WebSocketClient) {
        guard case .relayed(let opcode, let payload) = message else {
            return stream.refuse("\(message) at side \(client.request.side.rawValue)")
        }
        guard let sentAt = stream.receive(opcode, payload) else { return }
        self.latency.record(self.loop.now - sentAt)
    }

    /// Whether both are still there and everything sent has arrived.
    var isQuiet: Bool { self.toA.waiting == 0 && self.toB.waiting == 0 }
    var isWhole: Bool { self.a.isOpen && self.b.isOpen }

    /// From now on messages wait to be asked for.
    func release() {
        self.a.onMessage = nil
        self.b.onMessage = nil
    }
}

extension Soak {
    func relayPair(_ cast: Cast) async throws {
        let room = self.newRoom()
        let address = self.newAddress()
        let a = try await cast.open(room, .a, sid: self.chance(0.5) ? self.newSID() : nil, from: address)
        let b = try await cast.open(room, .b, sid: self.chance(0.5) ? self.newSID() : nil, from: address)
        try await a.expect(.roomFull)
        try await b.expect(.roomFull)
        let pair = RelayPair(a, b, toA: cast.stream("B to A"), toB: cast.stream("A to B"), soak: self)
        self.pairsRunning.append(pair)
        let end = self.loop.now + UInt64(Double.random(in: 0.05...0.5, using: &self.random) * self.plan.seconds * 1e9)
        while self.loop.now < end, !pair.isLeaving, pair.isWhole { await self.loop.pause(.milliseconds(250)) }
        pair.isLeaving = true
        self.pairsRunning.removeAll { $0 === pair }
        let patience = self.loop.now + UInt64(self.patience.nanoseconds)
        while !pair.isQuiet, pair.isWhole, self.loop.now < patience { await self.loop.pause(.milliseconds(5)) }
        pair.release()
        guard pair.isQuiet, pair.isWhole else {
            let ends = [a, b].map { $0.end?.description ?? "still there" }
            throw LoadFailure.unexpected(
                "ended with \(pair.toA.waiting) and \(pair.toB.waiting) frames on their way; A \(ends[0]), B \(ends[1])")
        }
        try await b.close()
        try await a.expect(.peerLeft)
        try await a.close()
    }
}
