import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Passes connections on to a port, and cuts them off when it is asked to, whatever is under way.
final class CuttingProxy: Sendable {
    let port: Int
    private let listener: any Channel
    private let open: NIOLockedValueBox<[any Channel]>

    init(to target: Int) async throws {
        let open = NIOLockedValueBox<[any Channel]>([])
        self.open = open
        self.listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                open.withLockedValue { $0.append(client) }
                return ClientBootstrap(group: client.eventLoop).connect(host: "127.0.0.1", port: target).flatMap { server in
                    open.withLockedValue { $0.append(server) }
                    return client.eventLoop.makeCompletedFuture {
                        try client.pipeline.syncOperations.addHandler(Passing(to: server))
                        try server.pipeline.syncOperations.addHandler(Passing(to: client))
                    }.flatMap { client.setOption(.autoRead, value: true) }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.port = self.listener.localAddress?.port ?? 0
    }

    func cut() {
        let channels = self.open.withLockedValue { open in
            defer { open = [] }
            return open
        }
        for channel in channels { channel.close(promise: nil) }
    }

    func stop() async {
        try? await self.listener.close().get()
        self.cut()
    }

    private final class Passing: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel

        init(to other: any Channel) { self.other = other }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.other.writeAndFlush(self.unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { self.other.close(promise: nil) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
