import EngineScripts
import NetworkAddresses
import NodeCore
import SignalingCore
import SignalingRuntime
import SignalingSimulation
import SignalingTestKit
import SignalingWire
import TimeKeeping

@testable import NodeRuntime

/// Whole servers that are nodes, an engine and clients, all of whose steps follow from a seed.
final class ServerWorld {
    struct Broken: Error, CustomStringConvertible {
        let seed: UInt64
        let what: String
        var steps: [String] = []

        var description: String { "seed \(self.seed): \(self.what)\n" + self.steps.joined(separator: "\n") }
    }

    struct Figures {
        var accepted = 0
        var refusedItems = 0
        var served = 0
        var refused = 0
        var redeemed = 0
        var excused = 0

        mutating func add(_ other: Figures) {
            self.accepted += other.accepted
            self.refusedItems += other.refusedItems
            self.served += other.served
            self.refused += other.refused
            self.redeemed += other.redeemed
            self.excused += other.excused
        }
    }

    private enum Fault: CaseIterable {
        /// Of a connection to the engine.
        case cut, lateCut
        /// Of a process.
        case stop, longStop, kill, drain
        /// Of the engine.
        case pause, longPause, wipe
        /// Between two nodes.
        case partition
    }

    private let seed: UInt64
    let cluster: Cluster
    private let isTraced: Bool
    private var steps: [String] = []
    private var broken: Broken?
    private var clients: [LedgerClient] = []
    private var codeClients: [CodeClient] = []
    private var rooms: [RoomID] = []
    /// Codes by the rooms that they lead to, and under which name each was redeemed.
    private var codes: [String: String] = [:]
    private var redemptions: [String: String] = [:]
    private var excused: Set<RoomID> = []
    private var wipedAt: Int64 = -100_000_000_000
    private var isEngineStopped = false
    private let faultsEnd: Int64
    private let kinds: [Fault]
    /// The clients leave, and nobody comes any more.
    private(set) var isOver = false

    init(seed: UInt64, isTraced: Bool = false) {
        self.seed = seed
        self.isTraced = isTraced
        let cluster = Cluster(seed: seed)
        self.cluster = cluster
        self.faultsEnd = [4000, 15_000, 4000, 9000, 25_000, 4000][Int(seed % 6)] * 1_000_000
        // Few kinds at a time, so that each is met alone too.
        self.kinds = Fault.allCases.filter { _ in cluster.chance(3) }
        cluster.latency = { cluster.chance(30) ? Int64(cluster.random(20...300)) : Int64(cluster.random(0...5)) }
        cluster.moving = { cluster.chance(4) ? Int64(cluster.random(1...400)) : 0 }
        for number in 0..<cluster.random(1...4) { cluster.start(number: number + 1) }
        for number in 0..<cluster.random(1...3) {
            let room = RoomID(high: 0, low: UInt64(number + 1))
            self.rooms.append(room)
            let pair = Side.allCases.map { LedgerClient(self, room, $0, address: .v4(0xC000_0200 + UInt32(self.clients.count))) }
            pair[0].other = pair[1]
            pair[1].other = pair[0]
            self.clients += pair
        }
        self.codeClients = [CodeClient(self), CodeClient(self)]
    }

    var isCalm: Bool { self.cluster.now >= self.faultsEnd }
    var areClientsCalm: Bool { self.cluster.now >= self.faultsEnd + 4_000_000_000 }
    func isExcused(_ room: RoomID) -> Bool { self.excused.contains(room) }

    func note(_ step: @autoclosure () -> String) { if self.isTraced { self.steps.append("\(self.cluster.now / 1_000_000) \(step())") } }

    func check(_ holds: Bool, _ what: @autoclosure () -> String) {
        if holds || self.broken != nil { return }
        self.broken = Broken(seed: self.seed, what: "\(self.cluster.now / 1_000_000): \(what())")
    }

    /// A client was refused with this status. Nobody is told that it is wrong, or one too many.
    func refused(_ status: Int) { self.check(status == 503 || status == 504, "a client is refused with \(status)") }

    /// Digits are used again once a code is: what they lead to is another's code then.
    func minted(_ digits: String, _ room: String) {
        self.check(self.codes[room] == nil, "two codes lead to \(room)")
        self.codes[room] = digits
    }

    func redeemed(_ digits: String, _ room: String, by name: String) {
        self.check(self.codes[room] ?? digits == digits, "code \(digits) leads to \(room), which is that of \(self.codes[room] ?? "-")")
        let before = self.redemptions[room]
        self.check(before ?? name == name, "code \(digits) is redeemed by \(before ?? "-") and by \(name)")
        self.redemptions[room] = name
    }

    /// Somebody waits for an answer since then.
    func checkWait(since: Int64, at node: ServerNode, _ whom: @autoclosure () -> String) {
        guard node.isRunning, self.cluster.nodes.contains(where: { $0 === node }) else { return }
        let waited = (self.cluster.now - max(since, node.wokeAt)) / 1_000_000
        self.check(waited <= 5000, "\(whom()) waits for \(node.ip) for \(waited) ms")
    }

    func anyNode() -> ServerNode? {
        let nodes = self.cluster.nodes
        return nodes.isEmpty ? nil : nodes[self.cluster.random(0...nodes.count - 1)]
    }

    // MARK: - Running

    func run() throws(Broken) -> Figures {
        self.planFault()
        for client in self.clients { self.keepDoing { client.act() } }
        for client in self.codeClients { self.keepDoing { client.act() } }
        self.advance(to: self.faultsEnd + 12_000_000_000)
        for client in self.clients { client.checkRest() }
        self.checkHomesAtRest()
        self.isOver = true
        for client in self.clients { client.leave() }
        // Also whoever is on the way when that begins, and rooms in which somebody was expected.
        self.advance(to: self.cluster.now + 14_000_000_000)
        for node in self.cluster.nodes {
            let leftovers = node.leftovers
            self.check(leftovers.isEmpty, "is left: \(leftovers)")
        }
        for room in self.rooms { self.check(self.cluster.engine.home(of: room) == nil, "room \(room.low) has a home, and nobody is in it") }
        if var broken = self.broken {
            broken.steps = self.steps
            throw broken
        }
        return Figures(
            accepted: self.clients.reduce(0) { $0 + $1.ledger.accepted.count },
            refusedItems: self.clients.reduce(0) { $0 + $1.ledger.refused }, served: self.clients.reduce(0) { $0 + $1.served },
            refused: self.clients.reduce(0) { $0 + $1.refused }, redeemed: self.codeClients.reduce(0) { $0 + $1.redeemed },
            excused: self.excused.count)
    }

    private func advance(to end: Int64) {
        while self.cluster.now < end, self.broken == nil {
            self.cluster.advance(by: min(10, (end - self.cluster.now + 999_999) / 1_000_000))
            self.checkHomes()
        }
    }

    private func keepDoing(_ body: @escaping () -> Void) {
        self.cluster.plan(in: Int64(self.cluster.random(20...300))) { [self] in
            body()
            self.keepDoing(body)
        }
    }

    // MARK: - Faults

    private func planFault() {
        self.cluster.plan(in: Int64(self.cluster.random(100...3000))) { [self] in
            if self.isCalm { return self.calmDown() }
            if !self.kinds.isEmpty { self.carryOut(self.kinds[self.cluster.random(0...self.kinds.count - 1)]) }
            self.planFault()
        }
    }

    private func calmDown() {
        self.note("all is calm")
        self.cluster.endCuts()
        self.cluster.engine.comeBack()
        self.cluster.engine.goOn()
        for node in self.cluster.nodes { node.goOn() }
    }

    private func carryOut(_ fault: Fault) {
        guard let node = self.anyNode() else { return }
        let span = Int64(self.cluster.random(50...1500))
        self.note("\(fault) \(node.ip) \(node.name)")
        if self.cluster.now - self.wipedAt < 5_000_000_000 { self.excuseAll() }
        switch fault {
        case .cut: node.link.cut(carriesOut: self.cluster.chance(2))
        case .lateCut: node.link.cut(carriesOut: true, late: Int64(self.cluster.random(1...4000)))
        case .stop: self.stop(node, for: span * 4)
        case .longStop: self.stop(node, for: Int64(self.cluster.random(8000...20_000)))
        case .kill:
            node.kill(carriesOut: self.cluster.chance(2), late: self.cluster.chance(3) ? Int64(self.cluster.random(1...3000)) : 0)
            self.startLater(node)
        case .drain:
            guard node.isRunning, !node.isDraining else { return }
            node.drain(closesListener: self.cluster.chance(2)) { [self] in self.startLater(node) }
        case .pause: self.pauseEngine(for: span)
        case .longPause: self.pauseEngine(for: span * 8)
        case .wipe: self.wipe(for: Int64(self.cluster.random(1...600)))
        case .partition:
            guard let other = self.anyNode(), other !== node else { return }
            self.cluster.setCut(true, node, other)
            self.cluster.plan(in: span * 6) { [cluster] in cluster.setCut(false, node, other) }
        }
    }

    private func stop(_ node: ServerNode, for span: Int64) {
        node.pause()
        self.cluster.plan(in: span) { node.goOn() }
    }

    private func startLater(_ node: ServerNode) {
        guard let number = node.ip.split(separator: ".").last.flatMap({ Int($0) }) else { return }
        self.cluster.plan(in: Int64(self.cluster.random(0...2000))) { [self] in
            // A process that begins right after the engine lost everything may take rooms before their homes write them again.
            if self.cluster.now - self.wipedAt < 5_000_000_000 { self.excuseAll() }
            self.note("\(node.ip) starts")
            self.cluster.start(number: number)
        }
    }

    private func pauseEngine(for span: Int64) {
        self.cluster.engine.pause()
        self.cluster.plan(in: span) { [cluster] in cluster.engine.goOn() }
    }

    private func wipe(for span: Int64) {
        // What has no home that is awake and knows it is gone.
        for room in self.rooms {
            let home = self.cluster.engine.home(of: room)
            let isHeld = self.cluster.nodes.contains { node in
                node.isRunning && !node.isDraining && home != nil && node.home(of: room) == home && node.isHomeForSure(of: room)
            }
            if !isHeld || self.cluster.engine.isPaused || self.cluster.now - self.wipedAt < 5_000_000_000 { self.excuse(room) }
        }
        self.wipedAt = self.cluster.now
        self.cluster.engine.goOn()
        self.cluster.engine.goAway()
        self.cluster.engine.wipe()
        self.cluster.plan(in: span) { [cluster] in cluster.engine.comeBack() }
    }

    private func excuseAll() { for room in self.rooms { self.excuse(room) } }
    private func excuse(_ room: RoomID) {
        if self.excused.insert(room).inserted { self.note("room \(room.low) is excused") }
    }

    // MARK: - What holds

    private func checkHomes() {
        for room in self.rooms {
            guard let home = self.cluster.engine.home(of: room) else { continue }
            let able = self.cluster.nodes.filter { $0.home(of: room) == home }
            self.check(able.count <= 1, "room \(room.low) has homes that can store: \(able.map(\.ip))")
        }
    }

    /// Since all has been quiet for a while each room is at one node, and the engine has what that has.
    private func checkHomesAtRest() {
        for room in self.rooms {
            let holders = self.cluster.nodes.filter { $0.signaling.rooms.stored(room) != nil }
            self.check(holders.count == 1, "room \(room.low) is at \(holders.map(\.ip))")
            guard let holder = holders.first, let stored = holder.signaling.rooms.stored(room) else { continue }
            let home = self.cluster.engine.home(of: room)
            self.check(holder.home(of: room) == home, "the engine has another home of room \(room.low)")
            let kept = self.cluster.engine.stored(room)
            for side in Side.allCases {
                self.check(
                    kept?[side] == stored[side], "the engine has \(kept?[side] as Any) of room \(room.low), its home \(stored[side])")
            }
        }
    }
}

extension ServerNode {
    var isDraining: Bool { self.node.withState { $0.life.isDraining } }
    func home(of room: RoomID) -> RoomHome? { self.node.withState { $0.homes.home(of: room) } }

    func isHomeForSure(of room: RoomID) -> Bool {
        self.node.withState { $0.homes.standing(of: room, $0.life, now: self.clock.now) == .home }
    }
}
