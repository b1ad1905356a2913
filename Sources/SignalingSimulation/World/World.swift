import ByteStreams
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// A server, its clients and the network between them in one thread, and beside it what the contract says must come of every step.
final class World {
    let profile: Profile
    let clock = ManualClock()
    /// What outlives a process has times by the clock on the wall, which goes on.
    let wall: ServerClock
    /// Where what has to outlive the server is written; nil: nothing outlives it.
    let store: SimulatedStore?
    var server: SignalingParts
    let admissions = Admissions()
    var loops: [ManualLoop] = []
    var contexts: [LoopContext] = []
    /// The server's draws of codes and rooms.
    private let serverRandom: RandomSource
    /// Each server that is started takes one.
    private var mailboxSeeds: SplitMix64
    /// More happens in this round of the loops before those who got something are woken for it.
    var isInRound = false
    /// Connections that were admitted and have not reached their loops.
    var arrivals: [Arrival] = []

    // What is there, as the contract has it
    private(set) var rooms: [RoomID: RoomModel] = [:]
    /// A dictionary's own order differs from run to run.
    private(set) var roomsInOrder: [RoomModel] = []
    var codes = CodeModel()
    var requests: RequestModel
    /// Codes that wait for their clients' next guess.
    var inLine: [RedeemInLine] = []
    /// Rooms with items that are not stored yet, as far as anybody was told.
    var storing: [RoomModel] = []
    /// Answers that wait for the store, in the order in which they were asked for.
    var replies: [Reply] = []
    /// Every connection that is not over, in the order of their beginnings.
    var links: [Link] = []
    private var linksByID: [ConnectionID: Link] = [:]
    /// By client: its connection, and where it was.
    var current: [Int: Link] = [:]
    /// Rooms that redeemed codes led to; the first few are given.
    var roomNames: [RoomID]
    var nextSweep: MonotonicTime
    /// Loops whose connections were all told to close.
    var drainedLoops: Set<Int> = []
    var counts = Counts()

    /// The first thing that went wrong.
    private(set) var violation: String?
    /// Where the steps are told, for a person to read.
    var tell: ((String) -> Void)?

    struct Counts {
        var connections = 0
        var messages = 0
        var established = 0
        var failed = 0
        var unsure = 0
        /// Pairings that are over, by their labels.
        var pairings: [String: Int] = [:]
        /// Pairings that may have ended, or have ended in one way or another.
        var unsurePairings = 0
        /// Codes that the server had from its store when it began.
        var adoptedCodes = 0
        /// Telemetry past the allowance.
        var telemetryRefused = 0
    }

    /// Over all of the run.
    var tally = (connections: 0, relayed: 0, repeated: 0, refusedAgain: 0)
    /// What clients know from `mailbox` frames, of lives of rooms that are over too.
    private(set) var mailboxes: [MailboxID] = []
    /// The last ref each sid used on a side of a room, whatever became of it.
    var sentRefs: [Sender: UInt64] = [:]

    struct Sender: Hashable {
        var room: RoomID
        var side: Side
        var sid: String?
    }

    init(profile: Profile, seed: UInt64) {
        self.profile = profile
        self.serverRandom = SeededRandom(seed: seed ^ 0x5eed).source
        self.mailboxSeeds = SplitMix64(seed: seed ^ 0xb0c5)
        self.roomNames = (0..<profile.rooms).map {
            RoomID(high: 0x1000_0000_0000_4000 | UInt64($0), low: 0x8000_0000_0000_0000 | seed >> 1)
        }
        self.nextSweep = self.clock.now + Janitor.interval
        self.requests = RequestModel(profile)
        let clock = self.clock
        self.wall = ServerClock(now: { clock.now }, unixSeconds: { 1_700_000_000 + Double(clock.now.nanoseconds) / 1e9 })
        let store = profile.store.map { SimulatedStore(batch: $0.batch) }
        self.store = store
        self.server = World.makeServer(
            profile, self.wall, self.serverRandom, mailboxSeed: self.mailboxSeeds.next(), self.admissions, store?.journal)
        self.startLoops()
        self.admissions.sideChanged = { [weak self] in self?.noteChange(of: $1, in: $0) }
    }

    var now: MonotonicTime { self.clock.now }
    var signaling: Signaling { self.server.signaling }
    var unixMilliseconds: UnixMilliseconds { UnixMilliseconds(self.wall.unixSeconds() * 1000) }

    /// Another server, which knows nothing of the one before but what is in the store.
    func startServer(lost: [StoredChange] = []) {
        self.stopLoops()
        self.admissions.forgetAll()
        self.server = World.makeServer(
            self.profile, self.wall, self.serverRandom, mailboxSeed: self.mailboxSeeds.next(), self.admissions, self.store?.journal)
        self.counts = Counts()
        self.requests = RequestModel(self.profile)
        self.drainedLoops = []
        self.storing = []
        self.replies = []
        self.startLoops()
        if let store = self.store { return self.adopt(store.disk, lost: lost) }
        self.codes = CodeModel()
        self.removeAllRooms()
    }

    private func startLoops() {
        self.loops = (0..<self.profile.loops).map { _ in ManualLoop(self.clock, isStrict: true) }
        self.contexts = self.loops.map { LoopContext(loop: $0, clock: self.wall) }
    }

    /// What loops keep would otherwise keep them.
    private func stopLoops() {
        for (loop, context) in zip(self.loops, self.contexts) { loop.turn { context.stop() } }
    }

    private static func makeServer(
        _ profile: Profile, _ clock: ServerClock, _ random: RandomSource, mailboxSeed: UInt64, _ admissions: Admissions, _ journal: Journal?
    ) -> SignalingParts {
        SignalingParts(clock: clock) {
            $0.maxRooms = profile.maxRooms
            $0.roomTTL = .seconds(profile.roomTTLSeconds)
            $0.mailbox = .init(messages: profile.mailboxMessages, bytes: profile.mailboxBytes)
            $0.codes = .init(digits: 4, digitsMax: profile.digitsMax, ttl: .seconds(profile.codeTTLSeconds))
            $0.rooms = profile.isMintedOnly ? .minted : .any
            $0.limits = .init(
                httpPerMinute: profile.requests, wsPerMinute: profile.upgrades, redeemFailuresPerMinute: profile.redeemFailures)
            $0.maxStoredBytes = profile.maxStoredBytes
            $0.maxWebSockets = profile.maxConnections
            $0.heartbeat = .seconds(profile.heartbeatSeconds)
            $0.maxMessage = profile.maxMessage
            $0.random = random
            $0.mailboxSeed = mailboxSeed
            $0.observer = admissions
            $0.journal = journal
        }
    }

    func fail(_ fault: String) {
        if self.violation == nil { self.violation = fault }
    }

    func check(_ condition: Bool, _ fault: @autoclosure () -> String) {
        if !condition { self.fail(fault()) }
    }

    /// Seats, from whom frames come and to whom they go, are looked at by connection.
    func link(_ id: ConnectionID?) -> Link? { id.flatMap { self.linksByID[$0] } }

    func add(_ room: RoomModel) {
        if self.rooms.updateValue(room, forKey: room.id) == nil { self.roomsInOrder.append(room) }
    }

    /// A client was told the id of its room's mailbox.
    func learn(_ id: MailboxID, of room: RoomModel) {
        guard !room.isMailboxKnown else { return }
        room.isMailboxKnown = true
        self.check(!self.mailboxes.contains(id), "a room's mailbox has the id of another's, or of one that is over")
        self.mailboxes.append(id)
    }

    func forget(_ room: RoomModel) {
        self.rooms[room.id] = nil
        self.roomsInOrder.removeAll { $0 === room }
        self.storing.removeAll { $0 === room }
    }

    func add(_ link: Link) {
        self.links.append(link)
        self.linksByID[link.id] = link
    }

    /// Connections that nothing can come of are let go.
    func removeOver() {
        guard self.links.contains(where: \.isOver) else { return }
        for link in self.links where link.isOver {
            self.linksByID[link.id] = nil
            if self.current[link.client] === link { self.current[link.client] = nil }
        }
        self.links.removeAll { $0.isOver }
    }

    /// Streams and those who speak on them hold each other until they end, and so do the model's rooms and connections.
    func tearDown() {
        for link in self.links where link.stream.isOpen { self.loops[link.loop].turn { link.connection?.abort() } }
        for loop in self.loops { _ = loop.runReady() }
        self.stopLoops()
        self.removeAllRooms()
        self.removeAllLinks()
        self.arrivals = []
        self.replies = []
        self.storing = []
    }

    private func removeAllRooms() {
        for room in self.roomsInOrder { room.forgetConnections() }
        self.rooms = [:]
        self.roomsInOrder = []
    }

    func removeAllLinks() {
        self.links = []
        self.linksByID = [:]
        self.current = [:]
    }
}

extension RequestModel {
    init(_ profile: Profile) {
        self.init(
            http: profile.requests, upgrades: profile.upgrades, failures: profile.redeemFailures, places: profile.maxConnections)
    }
}
