import ByteStreams
import HTTPServer
import NIOCore
import NetworkAddresses
import SignalingTestKit

/// A connection between two nodes.
final class Pipe {
    /// Bytes that are on their way at most.
    static let capacity = 64 * 1024

    private unowned let cluster: Cluster
    private let near: MemoryStream
    private let far: MemoryStream
    private let server: ServerNode.Loop
    private let dialer: ServerNode
    private let home: ServerNode
    private var hasBegun = false
    /// Which nodes are gone.
    private var lost: [ServerNode] = []
    private var toldNear = false
    private var toldFar = false

    init(_ cluster: Cluster, _ near: MemoryStream, of dialer: ServerNode, to home: ServerNode) {
        self.cluster = cluster
        self.near = near
        self.dialer = dialer
        self.home = home
        self.server = home.nextLoop
        self.far = MemoryStream(
            context: self.server.context, peer: ClientAddress(dialer.ip) ?? .v4(0), sendCapacity: Self.capacity)
        self.far.whenHandedOver = { [server] in cluster.complete($0, at: home, on: server) }
    }

    var isOver: Bool { self.isOver(self.near) && self.hasBegun && self.isOver(self.far) }
    func isOf(_ node: ServerNode) -> Bool { node === self.dialer || node === self.home }
    func lose(_ node: ServerNode) { self.lost.append(node) }

    private func isOver(_ stream: MemoryStream) -> Bool { !stream.isOpen && stream.sentEnd != nil }
    private func isLost(_ node: ServerNode) -> Bool { self.lost.contains { $0 === node } }

    /// True if anything has moved.
    func move() -> Bool {
        if self.cluster.isCut(self.dialer.ip, self.home.ip) { return false }
        if !self.hasBegun {
            guard self.home.isRunning || self.isLost(self.home) else { return false }
            self.hasBegun = true
            if !self.isLost(self.home) { self.far.begin(self.home.connection(on: self.server)) }
            return true
        }
        let forth = self.move(self.near, of: self.dialer, self.far, of: self.home, &self.toldFar)
        let back = self.move(self.far, of: self.home, self.near, of: self.dialer, &self.toldNear)
        return forth || back
    }

    private func move(
        _ source: MemoryStream, of sender: ServerNode, _ target: MemoryStream, of receiver: ServerNode, _ isTold: inout Bool
    ) -> Bool {
        guard receiver.isRunning else { return false }
        if self.isLost(sender) {
            guard !isTold else { return false }
            isTold = true
            target.end(.reset)
            return true
        }
        guard sender.isRunning else { return self.read(target) }
        var hasMoved = false
        if source.sent.readableBytes > 0, target.arrived.readableBytes < Self.capacity {
            target.arrive(source.takeSent())
            hasMoved = true
        }
        if self.read(target) { hasMoved = true }
        if let end = source.sentEnd, source.sent.readableBytes == 0, !isTold {
            isTold = true
            target.end(end == .fin ? .fin : .reset)
            hasMoved = true
        }
        // Whoever sends to a socket that is closed has its connection reset.
        if self.isOver(target), source.isOpen, hasMoved, target.arrived.readableBytes == 0, source.bytesTaken > 0, isTold {
            source.end(.reset)
        }
        return hasMoved
    }

    private func read(_ target: MemoryStream) -> Bool {
        guard target.canRead else { return false }
        target.read()
        return true
    }
}

/// The far end of a client's connection to a node.
final class ClientStream {
    let node: ServerNode
    private unowned let cluster: Cluster
    private let stream: MemoryStream
    private let server: ServerNode.Loop
    /// All that has arrived and was not taken.
    private(set) var received = ByteBuffer()
    private(set) var isOver = false
    /// Told that bytes have arrived, or that the connection is over.
    var whenChanged: () -> Void = {}
    private var isRefused = false
    private var hasBegun = false
    private var isEndTold = false
    private var isFinishTold = false
    private var pending = ByteBuffer()
    private var ends: MemoryStream.End?
    private var lastSent: Int64 = 0
    private var lastHeard: Int64 = 0

    init(_ cluster: Cluster, to node: ServerNode, from client: ClientAddress) {
        self.cluster = cluster
        self.node = node
        self.server = node.nextLoop
        self.stream = MemoryStream(context: self.server.context, peer: client)
        self.stream.whenHandedOver = { [server] in cluster.complete($0, at: node, on: server) }
        self.isRefused = !node.accepts
        // Not from within: nobody listens yet.
        if self.isRefused { cluster.plan(in: 1 + cluster.latency()) { [self] in self.finish() } }
    }

    func take() -> ByteBuffer {
        defer { self.received = ByteBuffer() }
        return self.received
    }

    func send(_ bytes: ByteBuffer) {
        self.later(\.lastSent) { [self] in
            if self.hasBegun { self.stream.arrive(bytes) } else { self.pending.writeImmutableBuffer(bytes) }
        }
    }

    func end(_ end: MemoryStream.End) { self.later(\.lastSent) { [self] in self.ends = end } }

    /// Its node is gone.
    func lose() { self.later(\.lastHeard) { [self] in self.finish() } }

    private func finish() {
        if self.isOver { return }
        self.isOver = true
        self.whenChanged()
    }

    /// In order, after a while; at once where messages take no time.
    private func later(_ last: ReferenceWritableKeyPath<ClientStream, Int64>, _ body: @escaping () -> Void) {
        let time = max(self[keyPath: last], self.cluster.now + self.cluster.latency() * 1_000_000)
        self[keyPath: last] = time
        if time == self.cluster.now { body() } else { self.cluster.plan(at: time, body) }
    }

    /// True if anything has moved.
    func move() -> Bool {
        guard self.node.isRunning, !self.isOver else { return false }
        if !self.hasBegun {
            guard !self.isRefused else { return false }
            self.hasBegun = true
            self.stream.begin(self.node.connection(on: self.server))
            self.stream.arrive(self.pending)
            self.pending = ByteBuffer()
            return true
        }
        var hasMoved = false
        if self.stream.canRead {
            self.stream.read()
            hasMoved = true
        }
        if let end = self.ends.take(), self.stream.isOpen {
            self.stream.end(end)
            hasMoved = true
        }
        if self.stream.sent.readableBytes > 0 {
            let bytes = self.stream.takeSent()
            self.later(\.lastHeard) { [self] in
                self.received.writeImmutableBuffer(bytes)
                self.whenChanged()
            }
            hasMoved = true
        }
        // Whoever is told that nothing more comes ends, too.
        if self.stream.sentEnd != nil, !self.isEndTold {
            self.isEndTold = true
            self.later(\.lastHeard) { [self] in
                if self.stream.isOpen { self.end(.fin) }
            }
            hasMoved = true
        }
        if self.isEndTold, !self.stream.isOpen, self.stream.sent.readableBytes == 0, !self.isFinishTold {
            self.isFinishTold = true
            self.later(\.lastHeard) { [self] in self.finish() }
            hasMoved = true
        }
        return hasMoved
    }
}
