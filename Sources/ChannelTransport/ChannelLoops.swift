package import ByteStreams
import FairShares
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

/// Event loops and a listener of NIO's: for TLS, and for systems without epoll.
package final class ChannelLoops: Transport {
    private let group: MultiThreadedEventLoopGroup
    private let loops: [ChannelLoop]
    private let contexts: [NIOLoopBound<LoopContext>]
    private let settings: TransportSettings
    private let tls: ServerTLS?
    private let open = OpenChannels()
    private let listener = NIOLockedValueBox<(any Channel)?>(nil)

    package init(_ settings: TransportSettings, tls: ServerTLS? = nil) async throws {
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops)
        var loops: [ChannelLoop] = []
        var contexts: [NIOLoopBound<LoopContext>] = []
        for eventLoop in self.group.makeIterator() {
            let (loop, context) = try await eventLoop.submit { [open] in
                let loop = ChannelLoop(eventLoop, settings, open)
                return (loop, NIOLoopBound(loop.makeContext(), eventLoop: eventLoop))
            }.get()
            loops.append(loop)
            contexts.append(context)
        }
        self.loops = loops
        self.contexts = contexts
        self.settings = settings
        self.tls = tls
        // Not to keep them alive: as long as they run, they hold this object.
        settings.accepting.whenSpaceIsNeeded { [weak self] in self?.makeSpace($0, on: 0) }
    }

    /// One loop after the other, until a connection is found that nobody needs.
    private func makeSpace(_ shares: ClientShares, on index: Int) {
        guard index < self.loops.count else { return }
        let context = self.contexts[index]
        self.loops[index].execute {
            let isFound = context.value.connections.makeSpace(shares)
            context.value.flushTouched()
            if !isFound { self.makeSpace(shares, on: index + 1) }
        }
    }

    package func onFirst(_ body: @escaping @Sendable (LoopContext) -> Void) async throws {
        try await self.run(on: self.loops[0], self.contexts[0], body)
    }

    package func onEach(_ body: @escaping @Sendable (LoopContext) -> Void) async throws {
        for (loop, context) in zip(self.loops, self.contexts) { try await self.run(on: loop, context, body) }
    }

    private func run(
        on loop: ChannelLoop, _ context: NIOLoopBound<LoopContext>, _ body: @escaping @Sendable (LoopContext) -> Void
    ) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            let isTaken = loop.hand {
                body(context.value)
                context.value.flushTouched()
                done.resume()
            }
            if !isTaken { done.resume(throwing: LoopHasEnded()) }
        }
    }

    package func listen(
        on socket: ListeningSocket, makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver
    ) async throws {
        // NIO does not say so itself.
        try await self.onFirst { _ in }
        let policy = self.settings.accepting
        let listener = try await ServerBootstrap(group: self.group)
            // The policy is asked before each read.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptHandler(policy, self.open))
                }
            }
            // With TLS a client ends both directions at once, by an alert.
            .childChannelOption(.allowRemoteHalfClosure, value: self.tls == nil)
            // A read's worth, and then it is others' turn.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: Self.readBuffers(first: self.settings.firstRead))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let headers = self.settings.proxyHeaders { try pipeline.addHandler(ProxyHeaderHandler(headers)) }
                    if let tls = self.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls.context)) }
                    let context = self.context(of: channel.eventLoop)
                    try pipeline.addHandler(ChannelStream(driver: makeDriver(context), context: context))
                }
            }
            .withBoundSocket(socket.duplicate().release()).get()
        self.listener.withLockedValue { $0 = listener }
        // NIO has just set its own, which is 128, and has no option for a socket that is bound already.
        try socket.setBacklog()
        socket.close()
    }

    package func closeListener() async {
        guard let listener = self.listener.withLockedValue({ $0.take() }) else { return }
        // With its listener, NIO closes connections that were accepted and are being set up still. So accepting ends first. What was accepted
        // is set up on its own loop, and then let in on the listener's.
        try? await listener.eventLoop.submit { try listener.pipeline.syncOperations.handler(type: AcceptHandler.self).stop() }.get()
        try? await self.onEach { _ in }
        try? await listener.eventLoop.submit {}.get()
        try? await listener.close()
    }

    package func stop() async {
        await self.closeListener()
        for (loop, context) in zip(self.loops, self.contexts) { try? await self.run(on: loop, context) { _ in loop.endAttempts() } }
        await self.open.closeAll()
        try? await self.onEach { $0.stop() }
        for loop in self.loops { loop.takeNoMore() }
        // Fails where it was called before.
        try? await self.group.shutdownGracefully()
    }

    /// The context of a loop of this group; called on that loop.
    private func context(of loop: any EventLoop) -> LoopContext {
        for (index, candidate) in self.loops.enumerated() where candidate.eventLoop === loop { return self.contexts[index].value }
        preconditionFailure("a channel was registered on a loop of another group")
    }

    /// What sockets are read into: a buffer of that size at first, then of as much as they turn out to bring.
    static func readBuffers(first size: Int) -> AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: min(512, size), initial: min(size, 65_536), maximum: 65_536)
    }
}
