import ByteStreams
import EngineScripts
import FairShares
import HTTPServer
import Logging
import NIOCore
import NetworkAddresses
import NodeCore
import NodeServer
import PassThrough
import SignalingCore
import SignalingHTTP
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping

@testable import NodeRuntime

/// A whole server that is a node, put together as ServerApp does it: two loops that serve, and one for the engine.
///
/// `@unchecked Sendable`: as its cluster.
final class ServerNode: @unchecked Sendable {
    /// `@unchecked Sendable`: as its cluster.
    struct Loop: @unchecked Sendable {
        let loop: ManualLoop
        let context: LoopContext
    }

    static let heartbeat = TimeSpan.seconds(20)

    private unowned let cluster: Cluster
    let ip: String
    let clock: ManualClock
    let link: NodeEngine
    let runner: NodeRunner
    let rooms: NodeRooms
    let parts: SignalingParts
    let log: LogRecorder
    private let engineLoop: Loop
    /// Those that serve.
    private let loops: [Loop]
    private let all: [Loop]
    private let reach: NodeRounds
    private var streams = 0
    private var whenEnded: () -> Void = {}
    private(set) var isAlive = true
    private(set) var isPaused = false
    /// Since when it is not stopped.
    private(set) var wokeAt: Int64
    /// It has entered, and listens.
    private(set) var isListening = false

    /// - Parameter says: What it says its address is, where that is not so.
    init(_ cluster: Cluster, number: Int, says address: String?, _ change: (inout SignalingParts.Options) -> Void) {
        self.cluster = cluster
        self.wokeAt = cluster.now
        self.ip = "10.0.0.\(number)"
        // The clocks of nodes are hours apart.
        let skew = Double(cluster.random(-2...2)) * 3600
        let clock = ManualClock(start: MonotonicTime(nanoseconds: Int64(cluster.random(1...1_000_000)) * 1_000_000_000))
        self.clock = clock
        let begin = clock.now
        let unix = 1_790_000_000 + Double(cluster.now) / 1e9 + skew
        let serverClock = ServerClock(now: { clock.now }, unixSeconds: { unix + (clock.now - begin).seconds })
        let makeLoop = { () -> Loop in
            let loop = ManualLoop(clock)
            return Loop(loop: loop, context: LoopContext(loop: loop, clock: serverClock))
        }
        let engineLoop = makeLoop()
        self.engineLoop = engineLoop
        self.loops = [makeLoop(), makeLoop()]
        self.all = self.loops + [engineLoop]
        let log = LogRecorder()
        self.log = log
        self.link = NodeEngine(cluster, engineLoop.context)
        self.runner = NodeRunner(
            Node.Settings(
                address: address ?? "http://\(self.ip):80", key: "key of \(number)", keys: EngineKeys(prefix: "test"), times: Cluster.times,
                bounds: CodeBounds(digits: 4...6, mostLive: 10_000)),
            engine: self.link, context: engineLoop.context, logger: log.logger, random: { cluster.number() })
        let node = self.runner.node
        let made = Made()
        self.parts = SignalingParts(clock: serverClock) { options in
            options.heartbeat = Self.heartbeat
            options.logger = log.logger
            options.mailboxSeed = cluster.number()
            options.pingSeed = cluster.number()
            options.shared = SharedState(journal: node) { limits in
                EngineCodes(
                    EngineCodes.Settings(life: Cluster.kept, cap: 0), node: node, limits: limits, random: RandomSource { cluster.number() })
            }
            options.places = { signaling in
                let rooms = NodeRooms(
                    node: node, directory: NodeDirectory { _ in throw SocketFailure.unexpected("no TLS here") },
                    admission: signaling.admission, settings: PassThroughSettings(heartbeat: Self.heartbeat), clock: serverClock,
                    logger: log.logger)
                made.rooms = rooms
                return rooms
            }
            change(&options)
        }
        guard let rooms = made.rooms else { preconditionFailure("the routes were made, and with them the places") }
        self.rooms = rooms
        self.reach = NodeRounds(rooms, checksReach: true, on: self.loops[0].context)
    }

    /// `@unchecked Sendable`: as the cluster.
    private final class Made: @unchecked Sendable { var rooms: NodeRooms? }

    var node: Node { self.runner.node }
    var signaling: Signaling { self.parts.signaling }
    var isRunning: Bool { self.isAlive && !self.isPaused }
    /// Whether the system takes connections for it: also while it is stopped.
    var accepts: Bool { self.isAlive && self.isListening }
    var name: String { self.node.identity.names.first?.text ?? "-" }

    // MARK: - Running

    func begin() {
        for server in self.loops {
            server.loop.onConnect = { [unowned self] attempt in self.cluster.dial(attempt, from: self, on: server) }
        }
        self.runner.begin { [self] _ in
            self.runner.attach(self.signaling.rooms, self.signaling.loop(self.engineLoop.context))
            self.isListening = true
            self.loops[0].loop.execute { self.reach.begin() }
        }
        self.link.start()
        self.sweep()
    }

    private func sweep() {
        self.cluster.plan(in: 1000) { [self] in
            guard self.isAlive else { return }
            if self.isRunning { _ = self.signaling.janitor.sweep(now: self.clock.now) }
            self.sweep()
        }
    }

    /// The loop of the next connection.
    var nextLoop: Loop {
        self.streams += 1
        return self.loops[self.streams % self.loops.count]
    }

    func connection(on server: Loop) -> HTTPConnection { HTTPConnection(services: self.parts.http, context: server.context) }

    /// When something is due, in the cluster's time.
    var nextAlarm: Int64? {
        var first: MonotonicTime?
        for server in self.all {
            guard let alarm = server.loop.nextAlarm else { continue }
            first = first.map { min($0, alarm) } ?? alarm
        }
        return first.map { self.cluster.now + ($0 - self.clock.now).nanoseconds }
    }

    func ring() { for server in self.all { while server.loop.ringIfDue() {} } }

    /// True if there was anything.
    func runReady() -> Bool {
        var didRun = false
        for server in self.all where server.loop.hasWork {
            precondition(server.loop.runReady(), "tasks lead to tasks for ever")
            didRun = true
        }
        return didRun
    }

    // MARK: - What happens to it

    /// The process is stopped, and goes on later as if nothing had happened.
    func pause() { self.isPaused = true }

    func goOn() {
        self.isPaused = false
        self.wokeAt = self.cluster.now
    }

    func kill(carriesOut: Bool = false, late: Int64 = 0) {
        self.isAlive = false
        self.link.stop(carriesOut: carriesOut, late: late)
        self.cluster.remove(self)
        self.letGo()
    }

    /// Of what holds what holds it.
    func letGo() {
        self.link.whenStateChanges { _ in }
        for server in self.all { server.context.stop() }
    }

    /// It is told to end, as by SIGTERM, and is gone when that is done.
    func drain(closesListener: Bool = true, grace: Int64 = 3000, _ done: @escaping () -> Void = {}) {
        self.whenEnded = done
        self.node.drain()
        self.signaling.phase.value = .draining
        if closesListener { self.isListening = false }
        let delay = self.cluster.random(100...1000)
        self.onEach { $0.connections.announceDrain(reconnectAfterMilliseconds: delay...delay) }
        let end = self.cluster.now + grace * 1_000_000
        self.cluster.plan(in: 500) { [self] in
            self.onEach { $0.connections.drain() }
            self.waitForConnections(until: end)
        }
    }

    private func waitForConnections(until end: Int64) {
        self.cluster.plan(in: 20) { [self] in
            guard self.isAlive else { return }
            if self.openConnections > 0 {
                if self.cluster.now < end || self.isPaused { return self.waitForConnections(until: end) }
                self.onEach { $0.connections.abort() }
            }
            self.runner.node.leave(within: .seconds(3)) { [self] in
                self.cluster.plan(in: 0) {
                    self.kill(carriesOut: true)
                    self.whenEnded()
                }
            }
        }
    }

    private func onEach(_ body: @escaping @Sendable (LoopContext) -> Void) {
        for server in self.loops {
            server.loop.execute {
                body(server.context)
                server.context.flushTouched()
            }
        }
    }

    // MARK: - What it holds

    var openConnections: Int { self.loops.reduce(0) { $0 + $1.context.connections.count } }

    /// What is left of connections, rooms and calls, in words; empty where nothing is.
    var leftovers: [String] {
        let (node, signaling) = (self.node, self.signaling)
        let state = node.withState { state in
            [
                ("searchers", state.searchers.count), ("searches", state.searches.count), ("claims", state.searches.claimCount),
                ("rooms of the home", state.homes.count), ("calls", state.homes.callsUnderWay),
                ("changes", state.homes.changesWaiting.count), ("bytes of changes", state.homes.changesWaiting.bytes),
                ("orders", state.homeOrders.count + state.searchOrders.count),
            ]
        }
        let figures =
            state + [
                ("connections", self.openConnections), ("WebSockets", signaling.admission.open),
                ("passed here", signaling.admission.openPassedHere), ("passed on", self.rooms.openPassedOn),
                ("rooms", signaling.rooms.count), ("stored bytes", signaling.shares.total(.storedBytes)),
                ("calls to repeat", self.runner.retryCount),
            ]
        return figures.filter { $0.1 != 0 }.map { "\(self.ip): \($0.1) \($0.0)" }
    }
}
