import SignalingClientNIO

@testable import SignalingClient

/// Two pairings, their peers, and a server between them that does as it is told; time passes only when nothing else happens.
struct PairingWorld {
    struct Node {
        var core: PairingCore
        var peer: ModelPeer
        var results: [EngineResult] = []
        var events: [PeerEvent] = []
        var told: [PairingEvent] = []
        var telemetry: [(event: String, detail: JSONValue)] = []
        var isConnected = false
        /// What it has ended with.
        var end: ClientError??
        var state = PeerState.new
        var answersSteps = true
    }

    static let room = "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34"

    var now = Duration.seconds(100)
    var a: Node
    var b: Node
    /// Whether packets find a way between the two.
    var isReachable = true
    private(set) var sent = 0
    private var tried: Set<String> = []
    private var failsAt: Duration?
    private var wire: [(to: Side, frame: JSONValue)] = []
    /// What becomes of the frame with this number, from one: its deliveries to the other side.
    var relay: (Int, Side, JSONValue) -> [JSONValue] = { [$2] }
    /// Called before the frame with this number is passed on.
    var before: [Int: (inout PairingWorld) -> Void] = [:]

    init(
        _ proofA: PeerProof = .none, _ proofB: PeerProof = .none, limits: PairingLimits = PairingLimits(), servers: ICEServerRenewal? = nil
    ) {
        let servers = ICEServerLife(servers)
        self.a = Node(core: PairingCore(side: .a, proof: proofA, limits: limits, servers: servers), peer: ModelPeer("a"))
        self.b = Node(core: PairingCore(side: .b, proof: proofB, limits: limits, servers: servers), peer: ModelPeer("b"))
    }

    static func sealed(_ side: Side, _ secrets: [Secret] = [.words("crossword-clockwork")]) throws -> PeerProof {
        .sealed(try VerifiedPairing(side: side, room: Self.room, secrets: secrets, spent: SpentSecrets(), crypto: SwiftCryptoPairing()))
    }

    static func compared(_ side: Side) throws -> PeerProof {
        .compared(try SixDigits(side: side, room: Self.room, crypto: SwiftCryptoPairing()))
    }

    subscript(side: Side) -> Node {
        get { side == .a ? self.a : self.b }
        set { if side == .a { self.a = newValue } else { self.b = newValue } }
    }

    var isConnected: Bool { self.a.isConnected && self.b.isConnected }

    // MARK: The server

    mutating func begin() {
        for side in Side.allCases { self.with(side) { $0.core.begin(now: $1) } }
    }

    mutating func enter(_ side: Side) { self.with(side) { $0.core.session(.opened(resumed: false), now: $1) } }

    mutating func pair() {
        for side in Side.allCases { self.with(side) { $0.core.session(.paired, now: $1) } }
    }

    /// A side's connection breaks, and what is on its way to it is lost.
    mutating func breakConnection(of side: Side) {
        self.wire.removeAll { $0.to == side }
        let error = ClientError(.serverUnreachable, "broken")
        self.with(side) { $0.core.session(.reconnecting(attempt: 1, delay: .seconds(1), reason: error), now: $1) }
        self.with(side.other) { $0.core.session(.peerLeft, now: $1) }
    }

    mutating func reconnect(_ side: Side) {
        self.with(side) { $0.core.session(.opened(resumed: true), now: $1) }
        self.pair()
    }

    mutating func say(_ event: SessionEvent, to side: Side) { self.with(side) { $0.core.session(event, now: $1) } }
    mutating func happens(_ event: PeerEvent, at side: Side) { self[side].events.append(event) }

    mutating func with(_ side: Side, _ use: (inout Node, Duration) -> Void) {
        use(&self[side], self.now)
        self.carryOut(side)
    }

    private mutating func carryOut(_ side: Side) {
        for action in self[side].core.takeActions() {
            switch action {
            case .signal(let frame):
                self.sent += 1
                self.before.removeValue(forKey: self.sent)?(&self)
                for delivered in self.relay(self.sent, side, frame) { self.wire.append((side.other, delivered)) }
            case .telemetry(let event, let detail): self[side].telemetry.append((event, detail))
            case .step(let step):
                guard self[side].answersSteps else { break }
                let (result, events) = self[side].peer.perform(step)
                self[side].results.append(result)
                self[side].events += events
            case .tell(let event): self[side].told.append(event)
            case .connected: self[side].isConnected = true
            case .ended(let error): self[side].end = .some(error)
            }
        }
    }

    // MARK: Time

    /// Until nothing happens any more that does not need time.
    mutating func settle() throws {
        for _ in 0..<20_000 {
            if let side = Side.allCases.first(where: { !self[$0].results.isEmpty }) {
                let result = self[side].results.removeFirst()
                self.with(side) { $0.core.stepEnded(result, now: $1) }
            } else if let side = Side.allCases.first(where: { !self[$0].events.isEmpty }) {
                let event = self[side].events.removeFirst()
                if case .state(let state) = event { self[side].state = state }
                self.with(side) { $0.core.engine(event, now: $1) }
            } else if !self.wire.isEmpty {
                let (side, frame) = self.wire.removeFirst()
                // Of a frame that has no type, a server makes nothing.
                guard let relayed = try? RelayedFrame(frame) else { continue }
                self.with(side) { $0.core.session(.signal(relayed), now: $1) }
            } else if !self.findWay() {
                return
            }
        }
        throw ClientError(.protocolError, "the two do not come to rest")
    }

    /// Whether something has come of the descriptions that the two have. Each ICE session of the two succeeds or fails once.
    private mutating func findWay() -> Bool {
        guard ModelPeer.fit(self.a.peer, self.b.peer), self.a.end == nil, self.b.end == nil,
            self.tried.insert("\(self.a.peer.ufrag) \(self.b.peer.ufrag)").inserted
        else { return false }
        guard self.isReachable else {
            // That nothing comes through is known late.
            self.failsAt = self.now + .seconds(15)
            return false
        }
        self.failsAt = nil
        for side in Side.allCases {
            if self[side].state != .connected { self.happens(.state(.connected), at: side) }
            if !self[side].isConnected { self.happens(.channelOpened, at: side) }
        }
        return true
    }

    mutating func run(for span: Duration) throws {
        try self.run(for: span) { _ in false }
    }

    mutating func run(for span: Duration, until isDone: (PairingWorld) -> Bool) throws {
        let end = self.now + span
        try self.settle()
        while !isDone(self) {
            guard let next = (Side.allCases.map { self[$0].core.deadline } + [self.failsAt]).compactMap(\.self).min(), next <= end else {
                self.now = end
                return
            }
            self.now = max(self.now, next)
            if let failsAt = self.failsAt, failsAt <= self.now {
                self.failsAt = nil
                for side in Side.allCases { self.happens(.state(.failed), at: side) }
            }
            for side in Side.allCases { self.with(side) { $0.core.timePassed(now: $1) } }
            try self.settle()
        }
    }

    /// From the beginning, both there at once.
    mutating func meet(within span: Duration = .seconds(44)) throws {
        self.begin()
        for side in Side.allCases { self.enter(side) }
        self.pair()
        try self.run(for: span) { $0.isConnected || $0.a.end != nil && $0.b.end != nil }
    }
}
