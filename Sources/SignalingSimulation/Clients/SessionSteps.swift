import SignalingTestKit

/// What a seed's sessions, their server and the network between them are like.
struct SessionProfile: Sendable {
    var pairs: Int
    var loops: Int
    var heartbeatSeconds: Int64
    var mailboxMessages: Int
    /// About how long bytes are on their way, in nanoseconds.
    var latency: Int64
    var sendCapacity: Int
    var manner: MemoryStream.Manner
    var hasTokens: Bool
    /// Nil where nothing outlives the server's process; else how many changes are written at a time.
    var storeBatch: Int?
    private var weights: [(action: SessionAction, upTo: UInt64)] = []

    init(random: inout SplitMix64) {
        func pick<Value>(_ values: Value...) -> Value { values[Int(random.next() % UInt64(values.count))] }
        self.pairs = pick(1, 1, 2)
        self.loops = pick(1, 2)
        self.heartbeatSeconds = pick(5, 20, 20)
        self.mailboxMessages = pick(4, 30, 1_000)
        self.latency = pick(1, 20, 200, 800) * 1_000_000
        self.sendCapacity = pick(2_000, 65_536)
        self.manner = pick(.channel, .socket)
        self.hasTokens = pick(false, true)
        self.storeBatch = pick(nil, 1, 3, 1_000)
        var total: UInt64 = 0
        for action in SessionAction.allCases {
            let usual: UInt64
            switch action {
            case .send: usual = 40
            case .take: usual = 30
            case .signal: usual = 10
            case .burst, .look, .readOn, .cut, .wait: usual = 4
            case .stall, .kill, .takeOver: usual = 2
            case .dark, .offline, .leave, .restart, .die, .slowStore, .failStore: usual = 1
            }
            // Some kinds of fault are left out of a seed and some are frequent in it.
            total += usual * (action == .send || action == .take ? 1 : pick(0, 1, 1, 3))
            self.weights.append((action, total))
        }
    }

    func step(random: inout SplitMix64) -> SessionStep {
        let draw = random.next() % max(1, self.weights.last?.upTo ?? 1)
        let action = self.weights.first { draw < $0.upTo }?.action ?? .send
        return SessionStep(action: action, seat: Int(random.next() % UInt64(self.pairs * 2)), seed: random.next())
    }
}

package enum SessionAction: String, Sendable, CaseIterable {
    // The program
    case send, burst, take, signal, look
    // Its process
    case kill, leave, takeOver
    // The network
    case cut, dark, offline, stall, readOn
    // The server and its store
    case restart, die, slowStore, failStore
    case wait
}

package struct SessionStep: Sendable {
    package var action: SessionAction
    package var seat: Int
    /// Whatever else is to be chosen is drawn from this.
    package var seed: UInt64
}

extension SessionWorld {
    /// Some time, and then the step.
    func perform(_ step: SessionStep) {
        var random = SplitMix64(seed: step.seed)
        func milliseconds(below bound: UInt64) -> Int64 { Int64(random.next() % bound) * 1_000_000 }
        self.run(for: milliseconds(below: step.action == .wait ? 80_000 : random.next() % 8 == 0 ? 5_000 : 200))
        guard self.violation == nil else { return }
        let seat = self.seats[step.seat % self.seats.count]
        self.note("\(step.action.rawValue) by \(seat.name)")
        switch step.action {
        case .send: for _ in 0...(random.next() % 3) { seat.send(size: Int(random.next() % 100), toItself: random.next() % 8 == 0) }
        case .burst: for _ in 0..<(10 + random.next() % 40) { seat.send(size: Int(random.next() % 4_000), toItself: false) }
        case .take: seat.take(most: random.next() % 4 == 0 ? .max : 1 + Int(random.next() % 4))
        case .signal: for _ in 0...(random.next() % 4) { seat.signal() }
        case .look: seat.host?.look()
        case .kill: seat.kill(isDark: random.next() % 2 == 0, after: milliseconds(below: 5_000))
        case .leave: seat.leave(after: milliseconds(below: 5_000))
        case .takeOver: seat.takeOver()
        case .cut: if seat.host?.currentWire?.isDead == false { seat.host?.currentWire?.cut() }
        case .dark: seat.host?.currentWire?.goDark()
        case .offline:
            seat.isOffline = true
            seat.host?.currentWire?.goDark()
            let isSeen = random.next() % 2 == 0
            self.plan(after: milliseconds(below: random.next() % 4 == 0 ? 150_000 : 15_000)) { [unowned seat] in
                seat.isOffline = false
                if isSeen { seat.host?.look() }
            }
        case .stall: seat.host?.currentWire?.stall()
        case .readOn: seat.host?.currentWire?.readOn()
        case .restart: self.restart(&random)
        case .die: self.die(&random)
        case .slowStore: self.slowStore(for: milliseconds(below: 6_000))
        case .failStore: self.failStore(for: milliseconds(below: 6_000))
        case .wait: break
        }
        self.settle()
    }
}
