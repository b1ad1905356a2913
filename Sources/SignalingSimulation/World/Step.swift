import SignalingTestKit

/// What can happen next. A step says what is tried; what comes of it depends on the world, so a trace stays meaningful when steps are
/// taken out of it.
package enum Action: String, Sendable, CaseIterable {
    // Requests
    case mint, redeem, guess, inquire
    // Connections
    case connect, contest, shut, cut, reset, vanish
    // Frames
    case relay, flood, hello, send, acknowledge, telemetry, ping, fragment, lie
    // The client's manners
    case stall, resume, mute
    // The network and the server's loops
    case upload, download, turn
    // Time and operation
    case advance, jump, settle, restart
    // The store, where there is one, and the end of the process without a word
    case store, die
}

package struct Step: Sendable {
    package var action: Action
    package var client: Int
    /// Whatever else is to be chosen is drawn from this.
    package var seed: UInt64
}

/// What a seed's world is like, and what happens in it: which faults come and how often differs from seed to seed, so that all of them
/// meet in some and single ones last in others.
struct Profile: Sendable {
    var clients: Int
    var rooms: Int
    var loops: Int
    var heartbeatSeconds: Int64
    var roomTTLSeconds: Int64
    var mailboxMessages: Int
    var mailboxBytes: Int
    var maxStoredBytes: Int
    var maxConnections: Int
    var maxRooms: Int
    var maxMessage: Int
    var sendCapacity: Int
    var digitsMax: Int
    var codeTTLSeconds: Int64
    var requests: Int
    var redeemFailures: Int
    var upgrades: Int
    /// How many in sixteen connections show a token, and whether those that do not are refused.
    var tokens: UInt64
    var isMintedOnly: Bool
    /// Which transport the streams are like.
    var manner: MemoryStream.Manner
    /// How many in a hundred actions are followed by everything on the wire arriving.
    var promptness: UInt64
    /// Nil where nothing outlives the process.
    var store: Store?
    private var weights: [(action: Action, upTo: UInt64)] = []

    struct Store: Sendable {
        /// Changes that are written at a time.
        var batch: Int
    }

    init(random: inout SplitMix64) {
        func pick<Value>(_ values: Value...) -> Value { values[Int(random.next() % UInt64(values.count))] }
        self.clients = pick(2, 3, 6, 12, 40, 300, 3_000)
        self.rooms = max(1, pick(1, 1, 2, 3, self.clients / 3, self.clients / 2))
        self.loops = pick(1, 2, 2, 3)
        self.heartbeatSeconds = pick(1, 5, 20)
        self.roomTTLSeconds = pick(5, 30, 600)
        self.mailboxMessages = pick(1, 4, 20, 1_000)
        self.mailboxBytes = pick(300, 4_000, 4 << 20)
        self.maxStoredBytes = pick(20_000, 1 << 30, 1 << 30, 1 << 30)
        self.maxConnections = pick(5, 1_000, 10_000, 10_000)
        self.maxRooms = pick(3, 1_000, 100_000, 100_000)
        self.maxMessage = pick(2_000, 1 << 20)
        self.sendCapacity = pick(500, 16_384, 262_144)
        self.digitsMax = pick(4, 5)
        self.codeTTLSeconds = pick(2, 60, 600)
        self.requests = pick(0, 0, 0, 15)
        self.redeemFailures = pick(0, 3, 12, 30)
        self.upgrades = pick(0, 0, 0, 20)
        self.tokens = pick(0, 2, 8, 15)
        self.isMintedOnly = pick(false, false, false, self.tokens > 2)
        self.manner = pick(.channel, .socket)
        self.promptness = pick(0, 30, 80, 95)
        var total: UInt64 = 0
        for action in Action.allCases where action != .store && action != .die {
            let usual: UInt64
            switch action {
            case .relay, .upload, .download: usual = 40
            case .connect, .send: usual = 20
            case .mint, .redeem, .hello, .acknowledge, .turn: usual = 10
            case .advance, .telemetry, .ping, .fragment, .resume, .shut, .cut, .inquire: usual = 5
            case .reset, .vanish, .stall, .lie, .mute, .flood, .contest, .guess: usual = 2
            case .jump, .settle: usual = 1
            case .restart, .store, .die: usual = 0
            }
            // Some kinds of fault are left out of a seed and some are frequent in it.
            total += action == .restart ? pick(0, 0, 1) * (random.next() % 2) : usual * pick(0, 1, 1, 1, 4) + (action == .connect ? 8 : 0)
            self.weights.append((action, total))
        }
        self.addStore(random, total)
    }

    /// A third of the seeds have a store. The numbers that all else is drawn from are left as they are.
    private mutating func addStore(_ random: SplitMix64, _ total: UInt64) {
        var random = random
        random = SplitMix64(seed: random.next() ^ 0x570e)
        func pick<Value>(_ values: Value...) -> Value { values[Int(random.next() % UInt64(values.count))] }
        guard random.next() % 3 == 0 else { return }
        self.store = Store(batch: pick(1, 3, 1_000))
        let acts: UInt64 = pick(0, 10, 30, 100)
        let deaths: UInt64 = pick(0, 1, 1, 2)
        self.weights += [(.store, total + acts), (.die, total + acts + deaths)]
    }

    func step(random: inout SplitMix64) -> Step {
        let total = self.weights.last?.upTo ?? 1
        let draw = random.next() % max(1, total)
        let action = self.weights.first { draw < $0.upTo }?.action ?? .connect
        // A few clients do most of what is done.
        let crowd = random.next() % 4 == 0 ? self.clients : min(self.clients, 8)
        return Step(action: action, client: Int(random.next() % UInt64(crowd)), seed: random.next())
    }
}
