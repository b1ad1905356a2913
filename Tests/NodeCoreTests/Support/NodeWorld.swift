import EngineScripts
import NetworkAddresses
import NodeCore
import SignalingCore
import SignalingSimulation
import SignalingTestKit
import SignalingWire
import TimeKeeping

/// Nodes, an engine and clients, all of whose steps follow from a seed. Time is in milliseconds.
final class NodeWorld {
    struct Broken: Error, CustomStringConvertible {
        let seed: UInt64
        let what: String
        var steps: [String] = []

        var description: String { "seed \(self.seed): \(self.what)\n" + self.steps.joined(separator: "\n") }
    }

    static let times = RoomTimes(kept: .minutes(10))
    static let owner = ClientAddress.v4(0x0a00_0001)

    private let seed: UInt64
    private var generator: SplitMix64
    private let isTraced: Bool
    private var steps: [String] = []
    private var broken: Broken?
    private var events = EventQueue()
    private(set) var now: Int64 = 0
    private(set) var nodes: [SimulatedNode] = []
    private(set) var engine: SimulatedEngine!
    private(set) var clients: [SimulatedClient] = []
    private var rooms: [RoomID] = []
    private var connections = 0
    private let faultsEnd: Int64
    private let kinds: [Fault]
    /// Nodes that drain accept no connections.
    let drainingRefuses: Bool
    private var wipedAt: Int64 = -100_000
    private var excused: Set<RoomID> = []
    private var staleSince: [Held: Int64] = [:]

    private struct Held: Hashable {
        let node: ObjectIdentifier
        let room: RoomID
    }

    private var isPartitioned = false

    private enum Fault: CaseIterable { case cut, lateCut, stop, longStop, kill, drain, pause, longPause, wipe, partition }

    init(seed: UInt64, isTraced: Bool = false) {
        self.seed = seed
        self.isTraced = isTraced
        self.generator = SplitMix64(seed: seed)
        self.faultsEnd = Int64([4000, 20_000, 4000, 9000, 15_000, 4000, 9000, 35_000][Int(seed % 8)])
        // Few kinds at a time, so that each is met alone too.
        var kinds: [Fault] = []
        for kind in Fault.allCases where Int.random(in: 0..<3, using: &self.generator) == 0 { kinds.append(kind) }
        self.kinds = kinds
        self.drainingRefuses = Int.random(in: 0..<2, using: &self.generator) == 0
        self.engine = SimulatedEngine(self)
        for index in 0..<self.random(1...4) { self.start("http://10.0.0.\(index + 1):1") }
        for index in 0..<self.random(1...3) {
            let room = RoomID(high: 0, low: UInt64(index + 1))
            self.rooms.append(room)
            let pair = Side.allCases.map { SimulatedClient(self, room: room, side: $0) }
            pair[0].peer = pair[1]
            pair[1].peer = pair[0]
            self.clients += pair
        }
    }

    // MARK: - Chance and time

    func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self.generator) }
    func chance(_ one: Int) -> Bool { self.random(0...one - 1) == 0 }
    func number() -> UInt64 { self.generator.next() }
    func latency() -> Int64 { self.chance(30) ? Int64(self.random(20...300)) : Int64(self.random(0...5)) }
    func connectionNumber() -> Int {
        self.connections += 1
        return self.connections
    }

    func plan(in span: Int64, _ body: @escaping () -> Void) { self.events.plan(at: self.now + span, body) }

    var isCalm: Bool { self.now >= self.faultsEnd }
    var areClientsCalm: Bool { self.now >= self.faultsEnd + 4000 }

    func note(_ step: @autoclosure () -> String) { if self.isTraced { self.steps.append("\(self.now) \(step())") } }

    func check(_ holds: Bool, _ what: @autoclosure () -> String) {
        if holds || self.broken != nil { return }
        self.broken = Broken(seed: self.seed, what: "\(self.now): \(what())")
    }

    // MARK: - Running

    struct Figures {
        var accepted = 0
        var refused = 0
        var served = 0
        var unavailable = 0
        var excused = 0

        mutating func add(_ other: Figures) {
            self.accepted += other.accepted
            self.refused += other.refused
            self.served += other.served
            self.unavailable += other.unavailable
            self.excused += other.excused
        }
    }

    func run() throws(Broken) -> Figures {
        self.planFault()
        for client in self.clients { self.act(client) }
        let end = self.faultsEnd + 10_000
        while let next = self.events.next, next <= end, self.broken == nil {
            guard let (time, body) = self.events.take() else { break }
            self.now = time
            body()
            self.checkHomes()
        }
        // Whatever is under way at that moment is a renewal, or a room that is kept.
        let rest = self.now + 1000
        while let next = self.events.next, next <= rest, self.broken == nil, self.nodes.contains(where: { $0.homes.callsUnderWay > 0 }) {
            guard let (time, body) = self.events.take() else { break }
            self.now = time
            body()
        }
        if self.broken == nil { self.checkRest() }
        if var broken = self.broken {
            broken.steps = self.steps
            throw broken
        }
        return Figures(
            accepted: self.clients.reduce(0) { $0 + $1.ledger.accepted.count }, refused: self.clients.reduce(0) { $0 + $1.ledger.refused },
            served: self.clients.reduce(0) { $0 + $1.served }, unavailable: self.clients.reduce(0) { $0 + $1.unavailable },
            excused: self.excused.count)
    }

    private func act(_ client: SimulatedClient) {
        self.plan(in: Int64(self.random(20...300))) { [self] in
            client.act()
            self.act(client)
        }
    }

    private func start(_ address: String) {
        // A process that begins right after the engine lost everything may take rooms before their homes write them again.
        if self.now - self.wipedAt < 5000 { self.excuseAll() }
        self.nodes.append(SimulatedNode(self, address: address))
        self.note("\(address) starts")
    }

    func startLater(_ address: String) {
        self.nodes.removeAll { !$0.isAlive }
        self.plan(in: Int64(self.random(0...2000))) { self.start(address) }
    }

    func anyNode() -> SimulatedNode? { self.nodes.isEmpty ? nil : self.nodes[self.random(0...self.nodes.count - 1)] }

    func reach(_ address: String) -> SimulatedNode? {
        if self.isPartitioned, self.chance(2) { return nil }
        return self.nodes.first { $0.address == address && $0.accepts }
    }

    // MARK: - Faults

    private func planFault() {
        self.plan(in: Int64(self.random(100...4000))) { [self] in
            if self.isCalm { return self.calmDown() }
            if !self.kinds.isEmpty { self.carryOut(self.kinds[self.random(0...self.kinds.count - 1)]) }
            self.planFault()
        }
    }

    private func calmDown() {
        self.note("all is calm")
        self.isPartitioned = false
        self.engine.endPause()
        for node in self.nodes { node.goOn() }
    }

    private func carryOut(_ fault: Fault) {
        guard let node = self.anyNode() else { return }
        let span = Int64(self.random(50...1500))
        self.note("\(fault) \(node.text)")
        if self.now - self.wipedAt < 5000 { self.excuseRooms(of: node, after: fault) }
        switch fault {
        case .cut: node.link?.cut(runs: self.chance(2))
        case .lateCut: node.link?.cut(runs: true, late: Int64(self.random(1...4000)))
        case .stop: node.stop(for: span * 4)
        case .longStop: node.stop(for: Int64(self.random(8000...30_000)))
        case .kill:
            node.die()
            self.startLater(node.address)
        case .drain: if node.isAwake, !node.isDraining { node.drain() }
        case .pause: self.engine.pause(for: span)
        case .longPause: self.engine.pause(for: span * 8)
        case .wipe: self.wipe()
        case .partition: self.isPartitioned.toggle()
        }
    }

    private func wipe() {
        // What has no home that is there and can write it again is gone.
        for room in self.rooms {
            let home = self.engine.home(of: room)
            let isHeld = self.nodes.contains { node in
                node.isAwake && node.linkedAt <= self.now && !node.isDraining && home != nil && node.homes.home(of: room) == home
            }
            if !isHeld { self.excuse(room) }
        }
        self.wipedAt = self.now
        self.engine.wipe(for: Int64(self.random(1...600)))
        // Those that slept do not know what was taken from them meanwhile, and may be the first to write it again.
        if self.chance(2) { for node in self.nodes { node.goOn() } }
    }

    /// The engine has lost everything just now, and homes may not write their rooms again in time.
    private func excuseRooms(of node: SimulatedNode, after fault: Fault) {
        switch fault {
        case .cut, .lateCut, .stop, .longStop, .kill, .drain:
            for room in self.rooms where node.homes.home(of: room) != nil { self.excuse(room) }
        // For some nodes the time in which they take no rooms passes meanwhile.
        case .pause, .longPause: self.excuseAll()
        case .wipe, .partition: break
        }
    }

    private func excuseAll() { for room in self.rooms { self.excuse(room) } }
    private func excuse(_ room: RoomID) {
        if self.excused.insert(room).inserted { self.note("room \(room.low) is excused") }
    }
    func isExcused(_ room: RoomID) -> Bool { self.excused.contains(room) }

    // MARK: - What holds at each step

    private func checkHomes() {
        for room in self.rooms {
            let home = self.engine.home(of: room)
            var able = 0
            for node in self.nodes where node.isAlive {
                let key = Held(node: ObjectIdentifier(node), room: room)
                guard let own = node.homes.home(of: room) else {
                    self.staleSince[key] = nil
                    continue
                }
                if own == home { able += 1 }
                guard let home, !node.life.nodes.isOwn(home.node) else {
                    self.staleSince[key] = nil
                    continue
                }
                let since = self.staleSince[key] ?? self.now
                self.staleSince[key] = since
                guard node.isAwake, node.linkedAt <= self.now, !self.engine.isPaused else { continue }
                let clear = max(node.wokeAt, node.linkedAt, self.engine.pausedUntil)
                let (from, limit) = since <= node.wokeAt ? (clear, Int64(2000)) : (max(since, clear), Int64(6000))
                self.check(self.now - from <= limit, "\(node.text) is still home of \(room.low), \(self.now - from) ms after it was taken")
            }
            self.check(able <= 1, "room \(room.low) has \(able) homes that can store")
        }
    }

    /// A node is about to take a room from this one.
    func checkTakeover(of room: RoomID, from node: NodeID?) {
        guard let node, let home = self.nodes.first(where: { $0.life.nodes.isOwn(node) }), home.isAwake, !home.isDraining else { return }
        let clear = max(home.wokeAt, home.linkedAt, self.engine.pausedUntil, home.homeSince[room] ?? .max)
        guard clear < self.now, self.now - clear > 5000, home.standing(of: room) == .home else { return }
        self.check(false, "room \(room.low) is taken from \(home.text), which is there")
    }

    /// A search ends without having found anybody.
    func checkSearch(of room: RoomID, by node: SimulatedNode, began: Int64, _ reason: RoomSearch.Reason) {
        guard reason == .homeSilent, let name = self.engine.home(of: room)?.node, node.life.nodes.isDraining(name) else { return }
        guard let home = self.nodes.first(where: { $0.life.name == name }), home.homeSince[room] ?? .max < began else { return }
        self.check(false, "\(node.text) waits for \(home.text), which drains, until room \(room.low) is unavailable")
    }

    private func checkRest() {
        for client in self.clients { client.checkRest() }
        for node in self.nodes { node.checkRest() }
        for room in self.rooms {
            let holders = self.nodes.filter { $0.homes.home(of: room) != nil }
            self.check(holders.count == 1, "room \(room.low) is at \(holders.map(\.text))")
            guard let holder = holders.first, let stored = holder.stored(room) else { continue }
            self.check(holder.homes.home(of: room)?.node == holder.life.name, "room \(room.low) is at a name that has lapsed")
            self.check(holder.homes.home(of: room) == self.engine.home(of: room), "the engine has another home of room \(room.low)")
            let kept = self.engine.run { model, now -> StoredRoom? in
                var copy = model
                guard let home = copy.run(LookCall(room: room), now: now) else { return nil }
                let claim = ClaimCall(
                    room: room, node: home.node, lapsed: nil, times: Self.times, mailbox: MailboxID(0), owner: Self.owner)
                guard case .claimed(_, let stored) = copy.run(claim, now: now) else { return nil }
                return stored
            }
            for side in Side.allCases {
                self.check(
                    kept?[side] == stored[side], "the engine has \(kept?[side] as Any) of room \(room.low), its home \(stored[side])")
            }
        }
    }

    // MARK: - In words

    static func text(_ call: RoomCall) -> String {
        switch call {
        case .look(let call): "look \(call.room.low)"
        case .claim(let call): "claim \(call.room.low) lapsed \(call.lapsed.map { String($0.text.suffix(4)) } ?? "-")"
        case .store(let call): "store \(call.room.low) for \(call.recipient.name) \(call.first)+\(call.payloads.count)"
        case .acknowledge(let call): "acknowledge \(call.room.low) \(call.side.name) \(call.seq)"
        case .stand(let call): "stand \(call.room.low)"
        case .keep(let call): "keep \(call.room.low)"
        case .release(let call): "release \(call.room.low) \(call.desertedSince.map { "\($0)" } ?? "for good")"
        case .adopt(let call): "adopt \(call.room.low) epoch \(call.home.epoch.number)"
        }
    }

    static func text(_ action: RoomSearch.Action) -> String {
        switch action {
        case .claim(let lapsed): "claim, lapsed \(lapsed.map { String($0.text.suffix(4)) } ?? "-")"
        case .lease(let node): "lease of \(node.text.suffix(4))"
        case .pass(let lease, _): "pass to \(lease.address)"
        case .wait: "wait"
        case .serveHere(let home, _, let took):
            "serve here, epoch \(home.epoch.number), from \(took.map { String($0.text.suffix(4)) } ?? "-")"
        case .refuseAsNotHome: "not home"
        case .unavailable(_, let reason): "unavailable, \(reason)"
        case .passed: "passed"
        }
    }
}
