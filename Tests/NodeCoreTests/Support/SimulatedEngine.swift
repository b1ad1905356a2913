import EngineScripts
import SignalingSimulation
import SignalingWire

/// The engine, and the connections of nodes to it.
final class SimulatedEngine {
    private unowned let world: NodeWorld
    private(set) var model = EngineModel()
    private(set) var pausedUntil: Int64 = 0
    private(set) var downUntil: Int64 = 0
    private var waiting: [() -> Void] = []
    /// The engine's clock: no node's.
    private let epoch: Int64 = 1_790_000_000_000 + 3_600_000

    init(_ world: NodeWorld) { self.world = world }

    var now: Int64 { self.epoch + self.world.now }
    var isPaused: Bool { self.world.now < self.pausedUntil }
    var isDown: Bool { self.world.now < self.downUntil }

    func home(of room: RoomID) -> RoomHome? { self.model.run(LookCall(room: room), now: self.now) }

    func pause(for span: Int64) {
        self.pausedUntil = max(self.pausedUntil, self.world.now + span)
        self.world.plan(in: self.pausedUntil - self.world.now) { self.goOn() }
    }

    func endPause() {
        self.pausedUntil = self.world.now
        self.goOn()
    }

    private func goOn() {
        guard !self.isPaused else { return }
        let waiting = self.waiting
        self.waiting = []
        for call in waiting { call() }
    }

    /// It ends, and begins anew with nothing.
    func wipe(for span: Int64) {
        self.downUntil = self.world.now + span
        self.model.wipe()
        self.waiting = []
        for node in self.world.nodes { node.link?.cut(runs: false) }
    }

    func arrive(_ link: EngineLink, _ body: @escaping () -> Void) {
        if self.isPaused { self.waiting.append { if !link.isDropped { body() } } } else if !link.isDropped { body() }
    }

    func run<Reply>(_ body: (inout EngineModel, Int64) -> Reply) -> Reply { body(&self.model, self.now) }
}

/// A connection of a node to the engine. What is sent on it arrives in order, or from some call on not at all.
final class EngineLink {
    private unowned let world: NodeWorld
    private let node: SimulatedNode
    private(set) var isAlive = true
    private(set) var isDropped = false
    /// By how much what is under way is late since the connection ended.
    private var delay: Int64 = 0
    private var lastArrival: Int64 = 0
    private var lastReply: Int64 = 0
    private var lastCall = 0
    private var awaited: [Int: () -> Void] = [:]

    init(_ world: NodeWorld, _ node: SimulatedNode) {
        self.world = world
        self.node = node
    }

    func call<Reply>(_ run: @escaping (inout EngineModel, Int64) -> Reply, then: @escaping (Reply?) -> Void) {
        guard self.isAlive else { return then(nil) }
        self.lastCall += 1
        let number = self.lastCall
        self.awaited[number] = { then(nil) }
        self.lastArrival = max(self.lastArrival, self.world.now + self.world.latency())
        self.world.plan(in: self.lastArrival - self.world.now) { [self] in
            if self.delay > 0 {
                self.world.plan(in: self.delay) { [self] in self.arrive(number, run, then) }
            } else {
                self.arrive(number, run, then)
            }
        }
    }

    private func arrive<Reply>(_ number: Int, _ run: @escaping (inout EngineModel, Int64) -> Reply, _ then: @escaping (Reply?) -> Void) {
        self.world.engine.arrive(self) { [self] in
            let reply = self.world.engine.run(run)
            self.lastReply = max(self.lastReply, self.world.now + self.world.latency())
            self.world.plan(in: self.lastReply - self.world.now) { [self] in
                guard self.isAlive, self.awaited[number] != nil else { return }
                self.node.run { [self] in
                    guard self.isAlive, self.awaited.removeValue(forKey: number) != nil else { return }
                    then(reply)
                }
            }
        }
    }

    /// - Parameter runs: Whether what is under way is carried out all the same.
    func cut(runs: Bool, late: Int64 = 0) {
        guard self.isAlive else { return }
        self.isAlive = false
        self.isDropped = !runs
        self.delay = late
        let failed = self.awaited.sorted { $0.key < $1.key }.map(\.value)
        self.awaited = [:]
        self.node.run { [node] in node.linkEnded(self, failed) }
    }
}
