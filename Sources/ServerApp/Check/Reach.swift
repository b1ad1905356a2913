import NIOCore
import NIOPosix
import STUNCore
import TimeKeeping

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Whether somebody is there. Each answer is nil, or why nobody is, as the end of a sentence.
enum Reach {
    private static var group: MultiThreadedEventLoopGroup { .singleton }

    /// Opens a connection, and closes it.
    static func tcp(_ host: String, _ port: Int, within limit: TimeSpan) async -> String? {
        let loop = self.group.next()
        let answer = loop.makePromise(of: String?.self)
        let connecting = ClientBootstrap(group: loop).connectTimeout(.nanoseconds(limit.nanoseconds)).connect(host: host, port: port)
        connecting.whenSuccess { channel in
            channel.close(promise: nil)
            answer.succeed(nil)
        }
        connecting.whenFailure { answer.succeed(self.reason($0, host)) }
        return await self.wait(answer, on: loop, within: limit)
    }

    /// Asks by STUN over UDP; what is lost is sent again.
    static func stun(_ host: String, _ port: Int, within limit: TimeSpan) async -> String? {
        let loop = self.group.next()
        let answer = loop.makePromise(of: String?.self)
        let question = BindingQuestion { .random(in: 0...(.max)) }
        // The system's resolver blocks.
        let found = NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try SocketAddress.makeAddressResolvingHost(host, port: port) }
        let opened = found.flatMap { address in
            DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(AnswerHandler(question, answer))
                    }
                }
                .bind(host: address.protocol == .inet6 ? "::" : "0.0.0.0", port: 0)
                .map { channel in
                    let sending = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(500)) { _ in
                        let datagram = AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: question.bytes))
                        channel.writeAndFlush(datagram, promise: nil)
                    }
                    answer.futureResult.whenComplete { _ in
                        sending.cancel()
                        channel.close(promise: nil)
                    }
                }
        }
        opened.whenFailure { answer.succeed(self.reason($0, host)) }
        return await self.wait(answer, on: loop, within: limit)
    }

    private static func wait(_ answer: EventLoopPromise<String?>, on loop: any EventLoop, within limit: TimeSpan) async -> String? {
        let end = loop.scheduleTask(in: .nanoseconds(limit.nanoseconds)) {
            answer.succeed("no answer within \(limit.milliseconds / 1000) s")
        }
        defer { end.cancel() }
        return try? await answer.futureResult.get()
    }

    private static func reason(_ error: any Error, _ host: String) -> String {
        switch error {
        case is SocketAddressError.UnknownHost: "\(host) has no address"
        case let error as NIOConnectionError:
            if let failure = error.connectionErrors.first { self.reason(failure.error, host) } else { "\(host) has no address" }
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "no connection in time"
        default: "\(error)"
        }
    }
}

private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let question: BindingQuestion
    private let answer: EventLoopPromise<String?>

    init(_ question: BindingQuestion, _ answer: EventLoopPromise<String?>) {
        self.question = question
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.question.isAnswered(by: Array(self.unwrapInboundIn(data).data.readableBytesView)) { self.answer.succeed(nil) }
    }

    /// As where the port is closed.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
