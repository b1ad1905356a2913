import ByteStreams
import EngineScripts
import HTTPServer
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingSimulation
import SignalingTestKit
import SignalingWire
import TimeKeeping

/// Servers that are nodes, the engine that they share, and those who connect to them, in memory. Time goes on when told, and all that happens
/// follows from the seed.
///
/// `@unchecked Sendable`: used by one thread from its making to its end.
final class Cluster: @unchecked Sendable {
    static let kept = TimeSpan.minutes(10)
    static let times = RoomTimes(kept: Cluster.kept)

    /// In nanoseconds since the beginning.
    private(set) var now: Int64 = 0
    private(set) lazy var engine = SharedEngine(self)
    private(set) var nodes: [ServerNode] = []
    /// How long a message takes, in milliseconds.
    var latency: () -> Int64 = { 0 }
    /// How long a stream is on its way to the loop of its room.
    var moving: () -> Int64 = { 0 }
    private var events = EventQueue()
    private var generator: SplitMix64
    private var pipes: [Pipe] = []
    private var clients: [ClientStream] = []
    private var cutPairs: Set<Set<String>> = []
    private let change: (inout SignalingParts.Options) -> Void

    /// - Parameter change: How the servers are set up.
    init(nodes: Int = 0, seed: UInt64 = 1, _ change: @escaping (inout SignalingParts.Options) -> Void = { _ in }) {
        self.generator = SplitMix64(seed: seed)
        self.change = change
        for _ in 0..<nodes { self.start() }
        // Each has entered, and knows the others.
        if nodes > 0 { self.advance(by: 1500) }
    }

    deinit {
        for node in self.nodes { node.letGo() }
    }

    // MARK: - Chance and time

    func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self.generator) }
    func chance(_ one: Int) -> Bool { self.random(0...one - 1) == 0 }
    func number() -> UInt64 { self.generator.next() }

    /// In milliseconds.
    func plan(in span: Int64, _ body: @escaping () -> Void) { self.events.plan(at: self.now + span * 1_000_000, body) }
    func plan(at time: Int64, _ body: @escaping () -> Void) { self.events.plan(at: time, body) }

    /// Whatever is due within so many milliseconds happens, and what it leads to.
    func advance(by milliseconds: Int64) {
        let end = self.now + milliseconds * 1_000_000
        self.settle()
        while let next = self.next, next <= end { self.step(to: next) }
        self.move(to: end)
        self.settle()
    }

    /// As long as it takes until something is so; false if it never is.
    func advance(until condition: () -> Bool, within milliseconds: Int64 = 10_000) -> Bool {
        let end = self.now + milliseconds * 1_000_000
        self.settle()
        while !condition() {
            guard let next = self.next, next <= end else { return false }
            self.step(to: next)
        }
        return true
    }

    private var next: Int64? {
        var next = self.events.next
        for node in self.nodes where node.isRunning {
            if let alarm = node.nextAlarm { next = next.map { min($0, alarm) } ?? alarm }
        }
        return next.map { max($0, self.now) }
    }

    private func step(to time: Int64) {
        self.move(to: time)
        while let next = self.events.next, next <= self.now, let event = self.events.take() { event.body() }
        for node in self.nodes where node.isRunning { node.ring() }
        self.settle()
    }

    private func move(to time: Int64) {
        let span = TimeSpan(nanoseconds: time - self.now)
        self.now = time
        for node in self.nodes { node.clock.advance(by: span) }
    }

    /// What is ready is done, without any time going by.
    private func settle() {
        var rounds = 0
        var isSettled = false
        while !isSettled {
            isSettled = true
            for node in self.nodes where node.isRunning && node.runReady() { isSettled = false }
            for pipe in self.pipes where pipe.move() { isSettled = false }
            for client in self.clients where client.move() { isSettled = false }
            rounds += 1
            precondition(rounds < 100_000, "something goes on for ever without any time going by")
        }
        self.pipes.removeAll(where: \.isOver)
        self.clients.removeAll(where: \.isOver)
    }

    // MARK: - Nodes

    /// - Parameter number: The last part of its address.
    @discardableResult
    func start(number: Int? = nil, says address: String? = nil) -> ServerNode {
        let node = ServerNode(self, number: number ?? self.nodes.count + 1, says: address, self.change)
        self.nodes.append(node)
        node.begin()
        return node
    }

    func remove(_ node: ServerNode) {
        self.nodes.removeAll { $0 === node }
        for pipe in self.pipes where pipe.isOf(node) { pipe.lose(node) }
        for client in self.clients where client.node === node { client.lose() }
    }

    /// What two nodes send each other does not arrive any more, or does again.
    func setCut(_ isCut: Bool, _ a: ServerNode, _ b: ServerNode) {
        if isCut { self.cutPairs.insert([a.ip, b.ip]) } else { self.cutPairs.remove([a.ip, b.ip]) }
    }

    func endCuts() { self.cutPairs = [] }
    func isCut(_ a: String, _ b: String) -> Bool { self.cutPairs.contains([a, b]) }

    /// A node connects to another.
    func dial(_ attempt: MemoryAttempt, from node: ServerNode, on server: ServerNode.Loop) {
        self.plan(in: attempt.limit.milliseconds) { attempt.runOut() }
        let ip = attempt.address.ipAddress ?? ""
        self.plan(in: self.latency()) { [self] in
            if self.isCut(node.ip, ip) { return }
            guard let home = self.nodes.first(where: { $0.ip == ip && $0.accepts }) else { return attempt.refuse() }
            let near = attempt.accept(in: server.context, sendCapacity: Pipe.capacity)
            self.pipes.append(Pipe(self, near, of: node, to: home))
        }
    }

    /// A stream of this node's is handed over.
    func complete(_ handOver: @escaping () -> Void, at node: ServerNode, on server: ServerNode.Loop) {
        let span = self.moving()
        if span == 0 { return handOver() }
        let task = Task(handOver)
        self.plan(in: span) {
            server.loop.execute {
                task.body()
                server.context.flushTouched()
            }
        }
    }

    /// `@unchecked Sendable`: as the cluster.
    private struct Task: @unchecked Sendable {
        let body: () -> Void

        init(_ body: @escaping () -> Void) { self.body = body }
    }

    // MARK: - Clients

    /// All connections that are open end.
    func endClients() { for client in self.clients { client.end(.fin) } }

    func connect(to node: ServerNode, from client: ClientAddress) -> ClientStream {
        let stream = ClientStream(self, to: node, from: client)
        self.clients.append(stream)
        return stream
    }

    /// A request of its own connection; its reply is there when it is there.
    func ask(_ ask: HTTPAsk, at node: ServerNode, from client: ClientAddress = .v4(0xC000_0201)) -> AskedReply {
        let stream = self.connect(to: node, from: client)
        stream.send(ByteBuffer(string: ask.text))
        self.settle()
        return AskedReply(ask, on: stream)
    }

    /// The reply to a request.
    func reply(
        to ask: HTTPAsk, at node: ServerNode, from client: ClientAddress = .v4(0xC000_0201), within milliseconds: Int64 = 10_000
    ) throws -> HTTPReply {
        let asked = self.ask(ask, at: node, from: client)
        _ = self.advance(until: { asked.reply != nil || asked.stream.isOver }, within: milliseconds)
        guard let reply = asked.reply else { throw SocketFailure.unexpected("no response to \(ask.target)") }
        return reply
    }
}

/// A request that was sent, and its reply once it has come.
final class AskedReply {
    let stream: ClientStream
    private let ask: HTTPAsk

    init(_ ask: HTTPAsk, on stream: ClientStream) {
        self.ask = ask
        self.stream = stream
    }

    var reply: HTTPReply? {
        var copy = self.stream.received
        return try? HTTPReply.read(from: &copy, to: self.ask.method)
    }
}
