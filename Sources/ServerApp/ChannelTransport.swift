import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import SignalingRuntime

/// Connections as NIO channels: for TLS, and for systems without epoll.
final class ChannelTransport: Transport {
    private let group: MultiThreadedEventLoopGroup
    private let contexts: [NIOLoopBound<LoopContext>]
    private let loops: [any EventLoop]
    private let gate: AcceptGate
    private let tls: NIOSSLContext?
    private let firstRead: Int
    private let listener = NIOLockedValueBox<(any Channel)?>(nil)

    init(count: Int, hub: Hub, gatherSize: Int, firstRead: Int, tls: NIOSSLContext?) async throws {
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        self.loops = Array(self.group.makeIterator())
        var contexts: [NIOLoopBound<LoopContext>] = []
        for (index, loop) in self.loops.enumerated() {
            let shard = hub.metricsShard(loop: index)
            let context = try await loop.submit {
                NIOLoopBound(
                    LoopContext(eventLoop: loop, clock: hub.clock, metrics: shard, gatherSize: gatherSize), eventLoop: loop)
            }.get()
            contexts.append(context)
        }
        self.contexts = contexts
        self.gate = AcceptGate(connections: hub.connections)
        self.tls = tls
        self.firstRead = firstRead
    }

    var first: any EventLoop { self.loops[0] }

    func onEach(_ body: @escaping @Sendable (LoopContext) -> Void) async throws {
        for (loop, context) in zip(self.loops, self.contexts) {
            try await loop.submit {
                body(context.value)
                context.value.flushTouched()
            }.get()
        }
    }

    func listen(
        on address: SocketAddress, makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver,
        report: @escaping @Sendable (any Error) -> Void
    ) async throws -> SocketAddress? {
        let listener = try await ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: ListenerOptions.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [gate = self.gate] channel in
                channel.eventLoop.makeCompletedFuture {
                    UnsentBytes.limit(on: channel)
                    try channel.pipeline.syncOperations.addHandler(gate.handler(report: report))
                }
            }
            // With TLS a client ends both directions at once, by an alert.
            .childChannelOption(.allowRemoteHalfClosure, value: self.tls == nil)
            .childChannelOption(.recvAllocator, value: Self.readBuffers(first: self.firstRead))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    self.gate.opened()
                    channel.closeFuture.whenComplete { _ in self.gate.closed() }
                    let pipeline = channel.pipeline.syncOperations
                    if let tls = self.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    let context = self.context(of: channel.eventLoop)
                    try pipeline.addHandler(ChannelStream(driver: makeDriver(context), loop: context))
                }
            }
            .bind(to: address).get()
        self.listener.withLockedValue { $0 = listener }
        return listener.localAddress
    }

    func closeListener() async { try? await self.listener.withLockedValue { $0 }?.close() }

    func stop() async { try? await self.group.shutdownGracefully() }

    /// The context of a loop of this group; called on that loop.
    private func context(of loop: any EventLoop) -> LoopContext {
        for (index, candidate) in self.loops.enumerated() where candidate === loop { return self.contexts[index].value }
        preconditionFailure("a channel was registered on a loop of another group")
    }

    /// What sockets are read into: a buffer of that size at first, then of as much as they turn out to bring.
    static func readBuffers(first size: Int) -> AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: min(512, size), initial: size, maximum: max(65_536, size))
    }
}
