@testable import SignalingClient

/// Two sessions of one room, without a server.
final class MemoryRoom: Sendable {
    private let channels: [Side: AsyncStream<SessionEvent>.Continuation]
    private let streams: [Side: AsyncStream<SessionEvent>]

    init() {
        let (a, b) = (AsyncStream.makeStream(of: SessionEvent.self), AsyncStream.makeStream(of: SessionEvent.self))
        self.channels = [.a: a.continuation, .b: b.continuation]
        self.streams = [.a: a.stream, .b: b.stream]
    }

    func channel(_ side: Side) -> MemoryChannel {
        MemoryChannel(side: side, room: self, events: self.streams[side] ?? AsyncStream { $0.finish() })
    }

    func say(_ event: SessionEvent, to side: Side) { self.channels[side]?.yield(event) }

    func pair() {
        for side in Side.allCases {
            self.say(.opened(resumed: false), to: side)
            self.say(.paired, to: side)
        }
    }
}

struct MemoryChannel: SignalingChannel {
    let side: Side
    let room: MemoryRoom
    let events: AsyncStream<SessionEvent>

    var roomID: String { PairingWorld.room }

    func signal(_ frame: RelayedFrame) throws(ClientError) { self.room.say(.signal(frame), to: self.side.other) }
    func telemetry(_ event: String, _ detail: some Encodable) throws(ClientError) {}
}

/// Two model peers, connected as soon as their descriptions fit.
final class MemoryNetwork: Sendable {
    struct End: Sendable {
        var peer: ModelPeer
        let events: AsyncStream<PeerEvent>
        let eventContinuation: AsyncStream<PeerEvent>.Continuation
        let messages: AsyncStream<[UInt8]>
        let messageContinuation: AsyncStream<[UInt8]>.Continuation
        let servers: AsyncStream<[ICEServer]>
        let serverContinuation: AsyncStream<[ICEServer]>.Continuation
        var isOpen = false
        var isClosed = false

        init(_ digit: Character) {
            self.peer = ModelPeer(digit)
            (self.events, self.eventContinuation) = AsyncStream.makeStream(of: PeerEvent.self)
            (self.messages, self.messageContinuation) = AsyncStream.makeStream(of: [UInt8].self)
            (self.servers, self.serverContinuation) = AsyncStream.makeStream(of: [ICEServer].self)
        }
    }

    let ends: Locked<[Side: End]> = Locked([.a: End("a"), .b: End("b")])

    func engine(_ side: Side) -> MemoryEngine { MemoryEngine(side: side, network: self) }

    func end(_ side: Side) -> End { self.ends.withLock { $0[side] } ?? End("c") }

    func perform(_ step: EngineStep, at side: Side) -> EngineResult {
        self.ends.withLock { ends in
            guard var end = ends[side] else { return .failed("there is no such end") }
            let (result, events) = end.peer.perform(step)
            for event in events { end.eventContinuation.yield(event) }
            ends[side] = end
            if let a = ends[.a], let b = ends[.b], !a.isOpen, ModelPeer.fit(a.peer, b.peer) {
                for side in Side.allCases {
                    ends[side]?.isOpen = true
                    ends[side]?.eventContinuation.yield(.state(.connected))
                    ends[side]?.eventContinuation.yield(.channelOpened)
                }
            }
            return result
        }
    }

    func close(_ side: Side) {
        self.ends.withLock { ends in
            ends[side]?.isClosed = true
            for end in ends.values {
                end.messageContinuation.finish()
                end.eventContinuation.yield(.channelClosed)
            }
            ends[side]?.eventContinuation.finish()
        }
    }
}

struct MemoryEngine: PeerEngine {
    let side: Side
    let network: MemoryNetwork

    private struct Failed: Error { let why: String }

    var events: AsyncStream<PeerEvent> { self.network.end(self.side).events }
    var channel: any PeerDataChannel { MemoryDataChannel(side: self.side, network: self.network) }

    private func described(_ step: EngineStep) throws -> String {
        switch self.network.perform(step, at: self.side) {
        case .description(let sdp): return sdp
        case .failed(let why): throw Failed(why: why)
        case .done, .statistics, .renewed, .notRenewed: throw Failed(why: "no description")
        }
    }

    private func done(_ step: EngineStep) throws {
        if case .failed(let why) = self.network.perform(step, at: self.side) { throw Failed(why: why) }
    }

    func makeOffer() async throws -> String { try self.described(.makeOffer(id: 0)) }
    func makeAnswer() async throws -> String { try self.described(.makeAnswer(id: 0)) }
    func localDescription() async throws -> String? { try self.described(.repeatOffer(id: 0)) }
    func apply(_ kind: PairDescription.Kind, sdp: String) async throws {
        try self.done(.apply(PairDescription(kind: kind, sdp: sdp, id: 1), frame: .null))
    }
    func add(_ candidate: ICECandidate?) async throws { try self.done(.add(candidate)) }
    func restartICE() async throws { try self.done(.restartICE) }
    func setICEServers(_ servers: [ICEServer]) async throws { self.network.end(self.side).serverContinuation.yield(servers) }
    func statistics() async -> PeerStatistics { PeerStatistics() }
    func close() async { self.network.close(self.side) }
}

struct MemoryDataChannel: PeerDataChannel {
    let side: Side
    let network: MemoryNetwork

    func send(_ message: [UInt8]) async throws { self.network.end(self.side.other).messageContinuation.yield(message) }

    func receive() async throws -> [UInt8]? {
        var iterator = self.network.end(self.side).messages.makeAsyncIterator()
        return await iterator.next()
    }
}
