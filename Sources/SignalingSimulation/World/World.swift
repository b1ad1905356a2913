import Logging
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketServer

/// A server, its clients and the network between them in one thread, and beside it what the contract says must come of every step.
final class World {
    let profile: Profile
    let time = SimulatedTime()
    var hub: Hub
    var loops: [SimulatedLoop] = []
    var contexts: [LoopContext] = []
    let settings: WebSocketSettings
    /// The server's draws of codes and rooms.
    let serverRandom: RandomSource
    /// Each server that is started takes one.
    private var mailboxSeeds: SplitMix64

    // What is there, as the contract has it
    private(set) var rooms: [RoomID: RoomModel] = [:]
    /// A dictionary's own order differs from run to run.
    private(set) var roomsInOrder: [RoomModel] = []
    var codes = CodeModel()
    /// Every connection that is not over, in the order of their beginnings.
    var links: [Link] = []
    private var linksByID: [ConnectionID: Link] = [:]
    /// By client: its connection, and where it was.
    var current: [Int: Link] = [:]
    /// Rooms that redeemed codes led to; the first few are given.
    var roomNames: [RoomID]
    var nextSweep: MonotonicTime
    var upgrades: [Int: (end: MonotonicTime, count: Int)] = [:]
    var counts = Counts()

    /// The first thing that went wrong.
    private(set) var violation: String?
    /// Where the steps are told, for a person to read.
    var tell: ((String) -> Void)?

    struct Counts {
        var connections = 0
        var established = 0
        var failed = 0
        var unsure = 0
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
        self.settings = WebSocketSettings(
            heartbeat: .seconds(profile.heartbeatSeconds), maxMessage: profile.maxMessage, logsFullAddresses: false)
        self.roomNames = (0..<profile.rooms).map {
            RoomID(high: 0x1000_0000_0000_4000 | UInt64($0), low: 0x8000_0000_0000_0000 | seed >> 1)
        }
        self.nextSweep = self.time.now + Janitor.interval
        self.hub = World.makeHub(profile, self.time, self.serverRandom, mailboxSeed: self.mailboxSeeds.next())
        self.startLoops()
    }

    /// Another server, which knows nothing of the one before.
    func startServer() {
        self.hub = World.makeHub(self.profile, self.time, self.serverRandom, mailboxSeed: self.mailboxSeeds.next())
        self.counts = Counts()
        self.codes = CodeModel()
        self.rooms = [:]
        self.roomsInOrder = []
        self.startLoops()
    }

    private func startLoops() {
        self.loops = (0..<self.profile.loops).map { _ in SimulatedLoop(time: self.time) }
        self.contexts = self.loops.enumerated().map { index, loop in
            LoopContext(eventLoop: loop, clock: self.time.clock.serverClock, metrics: self.hub.metricsShard(loop: index))
        }
        self.hub.phase = .ready
    }

    private static func makeHub(_ profile: Profile, _ time: SimulatedTime, _ random: RandomSource, mailboxSeed: UInt64) -> Hub {
        Hub(
            settings: .init(
                rooms: .init(
                    maxRooms: profile.maxRooms, roomTTL: .seconds(profile.roomTTLSeconds),
                    mailbox: .init(messages: profile.mailboxMessages, bytes: profile.mailboxBytes)),
                codes: .init(digits: 4, digitsMax: profile.digitsMax, ttl: .seconds(profile.codeTTLSeconds)),
                limits: .init(httpPerMinute: 0, wsPerMinute: profile.upgrades, redeemFailuresPerMinute: profile.redeemFailures),
                maxStoredBytes: profile.maxStoredBytes),
            maxConnections: .init(webSockets: profile.maxConnections, sockets: profile.maxConnections * 2), loops: profile.loops,
            clock: time.clock.serverClock, random: random, mailboxSeed: mailboxSeed)
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

    /// Channels and pipelines hold each other until they are closed.
    func tearDown() {
        for link in self.links where link.channel.isActive { self.loops[link.loop].turn { link.handler.abort() } }
        for loop in self.loops { _ = loop.runReady() }
        for (loop, context) in zip(self.loops, self.contexts) { loop.turn { context.timers.stop() } }
        self.rooms = [:]
        self.roomsInOrder = []
        self.removeAllLinks()
    }

    func removeAllLinks() {
        self.links = []
        self.linksByID = [:]
        self.current = [:]
    }
}
