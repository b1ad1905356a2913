import ByteStreams
import EngineScripts
import NIOCore
import NetworkAddresses
import RESPClient
import RESPCore
import SignalingCore
import SignalingSimulation
import SignalingWire

/// The engine that the nodes of a cluster share, and what goes wrong with it.
///
/// `@unchecked Sendable`: a cluster is used by one thread from its making to its end.
final class SharedEngine: @unchecked Sendable {
    private unowned let cluster: Cluster
    private(set) var model = EngineModel()
    /// It takes calls, and carries none out until this is over.
    private(set) var isPaused = false
    /// It is not there at all.
    private(set) var isDown = false
    /// Every call of these scripts is refused with this error.
    var refusal: (scripts: Set<EngineScript>, error: RESPError)?
    /// Told of each script before and behind it.
    var watch: (EngineScript, NodeEngine, _ hasRun: Bool) -> Void = { _, _, _ in }
    /// How often each script ran.
    private(set) var counts: [EngineScript: Int] = [:]
    private var waiting: [() -> Void] = []
    /// The engine's clock: no node's.
    private static let start: Int64 = 1_790_000_000_000

    init(_ cluster: Cluster) { self.cluster = cluster }

    var now: Int64 { Self.start + self.cluster.now / 1_000_000 }

    func home(of room: RoomID) -> RoomHome? { self.model.run(LookCall(room: room), now: self.now) }

    /// What the engine has of a room that has a home.
    func stored(_ room: RoomID) -> StoredRoom? {
        guard let home = self.home(of: room) else { return nil }
        var copy = self.model
        let claim = ClaimCall(
            room: room, node: home.node, lapsed: nil, times: Cluster.times, mailbox: MailboxID(0), owner: .v4(0))
        guard case .claimed(_, let stored) = copy.run(claim, now: self.now) else { return nil }
        return stored
    }

    // MARK: - What goes wrong

    func pause() { self.isPaused = true }

    func goOn() {
        guard self.isPaused else { return }
        self.isPaused = false
        let waiting = self.waiting
        self.waiting = []
        for call in waiting { call() }
    }

    /// Nobody reaches it, until `comeBack`. What is under way comes to nothing.
    func goAway() {
        self.isDown = true
        self.waiting = []
        for node in self.cluster.nodes { node.link.cut(carriesOut: false, "the engine is away") }
    }

    func comeBack() { self.isDown = false }

    func wipe() { self.model.wipe() }

    /// It knows what it knew then, as a replica may that takes its place.
    func restore(_ model: EngineModel) { self.model = model }

    // MARK: - Calls

    fileprivate func arrive(_ call: @escaping () -> Void) { if self.isPaused { self.waiting.append(call) } else { call() } }

    fileprivate func run(_ script: EngineScript, _ keys: [RESPArgument], _ arguments: [RESPArgument]) -> Result<RESPValue, EngineError> {
        if let refusal, refusal.scripts.contains(script) { return .failure(.replied(refusal.error)) }
        self.counts[script, default: 0] += 1
        return .success(self.model.run(script, keys: keys, arguments: arguments, now: self.now))
    }
}

/// A node's connections to the engine, one after the other: what is sent on one arrives in order, or from some call on not at all.
///
/// `@unchecked Sendable`: as its cluster.
final class NodeEngine: ScriptEngine, @unchecked Sendable {
    /// `@unchecked Sendable`: as its cluster.
    private final class Connection: @unchecked Sendable {
        var isOver = false
        /// What is under way when it ends is not carried out.
        var isDropped = false
        /// By how much what is under way is late since it ended.
        var delay: Int64 = 0
        var lastArrival: Int64 = 0
        var lastReply: Int64 = 0
        var lastCall = 0
        var awaited: [Int: @Sendable (Result<RESPValue, EngineError>) -> Void] = [:]
    }

    private struct Call {
        let number: Int
        let script: EngineScript
        let keys: [RESPArgument]
        let arguments: [RESPArgument]
    }

    /// What a call may take. Then the connection ends.
    private static let replyLimit: Int64 = 2000

    private unowned let cluster: Cluster
    private let context: LoopContext
    private(set) var state = EngineState.connecting
    private var tell: @Sendable (EngineState) -> Void = { _ in }
    private var connection = Connection()
    private var outgoing: [Call] = []
    private var isStopped = false

    init(_ cluster: Cluster, _ context: LoopContext) {
        self.cluster = cluster
        self.context = context
        self.connection.isOver = true
    }

    func whenStateChanges(_ tell: @escaping @Sendable (EngineState) -> Void) { self.tell = tell }

    func start() { self.connect(in: 0) }

    func call(
        _ script: ScriptID, keys: [RESPArgument], arguments: [RESPArgument],
        _ done: @escaping @Sendable (Result<RESPValue, EngineError>) -> Void
    ) {
        guard self.state.isReady else { return done(.failure(.down)) }
        let connection = self.connection
        connection.lastCall += 1
        connection.awaited[connection.lastCall] = done
        // Written when the loop has dealt with what came in, as the client of engines does it.
        if self.outgoing.isEmpty { self.context.touch(self) }
        let script = EngineScript.allCases[script.number]
        self.outgoing.append(Call(number: connection.lastCall, script: script, keys: keys, arguments: arguments))
    }

    // MARK: - The connection

    /// It ends. `carriesOut`: what is under way is carried out all the same, so much later.
    func cut(carriesOut: Bool, late: Int64 = 0, _ reason: String = "the connection broke") {
        let connection = self.connection
        guard !connection.isOver else { return }
        connection.isOver = true
        connection.isDropped = !carriesOut
        connection.delay = late
        self.context.loop.execute { [self] in
            self.outgoing = []
            self.change(to: .down(reason))
            let failed = connection.awaited.sorted { $0.key < $1.key }.map(\.value)
            connection.awaited = [:]
            for done in failed { done(.failure(.lost)) }
            self.context.flushTouched()
            self.connect(in: Int64(self.cluster.random(50...400)))
        }
    }

    /// For good, as its process ends.
    func stop(carriesOut: Bool, late: Int64 = 0) {
        self.isStopped = true
        self.connection.isOver = true
        self.connection.isDropped = !carriesOut
        self.connection.delay = late
    }

    private func connect(in span: Int64) {
        self.cluster.plan(in: span) { [self] in
            guard !self.isStopped else { return }
            // One that is paused responds to nobody.
            if self.cluster.engine.isDown || self.cluster.engine.isPaused { return self.connect(in: Int64(self.cluster.random(50...400))) }
            self.context.loop.execute { [self] in
                guard self.connection.isOver, !self.isStopped else { return }
                self.connection = Connection()
                self.change(to: .connecting)
                self.change(to: .ready(SessionFacts()))
                self.context.flushTouched()
            }
        }
    }

    private func change(to state: EngineState) {
        self.state = state
        self.tell(state)
    }

    private func send(_ call: Call, on connection: Connection) {
        connection.lastArrival = max(connection.lastArrival, self.cluster.now + self.cluster.latency() * 1_000_000)
        self.cluster.plan(at: connection.lastArrival) { [self] in
            guard connection.delay > 0 else { return self.arrive(call, connection) }
            self.cluster.plan(in: connection.delay) { self.arrive(call, connection) }
        }
        self.cluster.plan(in: Self.replyLimit) { [self] in
            guard connection.awaited[call.number] != nil, connection === self.connection else { return }
            self.cut(carriesOut: true, "the engine does not respond")
        }
    }

    private func arrive(_ call: Call, _ connection: Connection) {
        let engine = self.cluster.engine
        engine.arrive { [self] in
            guard !connection.isDropped else { return }
            engine.watch(call.script, self, false)
            guard !connection.isDropped else { return }
            let result = engine.run(call.script, call.keys, call.arguments)
            engine.watch(call.script, self, true)
            connection.lastReply = max(connection.lastReply, self.cluster.now + self.cluster.latency() * 1_000_000)
            self.cluster.plan(at: connection.lastReply) { [self] in
                if connection.isOver { return }
                self.context.loop.execute { [self] in
                    guard !connection.isOver, let done = connection.awaited.removeValue(forKey: call.number) else { return }
                    done(result)
                    self.context.flushTouched()
                }
            }
        }
    }
}

extension NodeEngine: LoopWakeable {
    func wake(from context: LoopContext) {
        let calls = self.outgoing
        self.outgoing = []
        for call in calls { self.send(call, on: self.connection) }
    }
}
