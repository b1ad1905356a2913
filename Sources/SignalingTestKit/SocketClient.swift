import NIOConcurrencyHelpers
package import NIOCore
import NIOPosix
package import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A TCP or TLS connection in a test's hands: it sends any bytes, reads what it asks for, and never waits without end.
package final class SocketClient: Sendable {
    package struct Options: Sendable {
        /// Speak TLS; the server's name is not checked.
        package var tls: TLSConfiguration?
        /// The socket's receive buffer in bytes: a small one soon holds a server up that sends to a client that does not read.
        package var receiveBuffer: Int?
        /// Whether bytes are taken off the socket from the start; see `startReading`.
        package var reads = true
        /// What is sent before anything else, TLS included.
        package var preface: String?

        package init() {}
    }

    /// Generous, because machines that run tests are busy; nothing but a failing test waits this long.
    package static let patience = TimeAmount.seconds(Patience.seconds)

    private let channel: any Channel
    private let inbox: SocketInbox

    private init(channel: any Channel, inbox: SocketInbox) {
        self.channel = channel
        self.inbox = inbox
    }

    package static func connect(to address: SocketAddress, options: Options = Options()) async throws -> SocketClient {
        let inbox = SocketInbox()
        let context = try options.tls.map { try NIOSSLContext(configuration: $0) }
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(Self.patience)
            .channelOption(.autoRead, value: options.reads)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let preface = options.preface { try channel.pipeline.syncOperations.addHandler(PrefaceHandler(preface)) }
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(SocketInboxHandler(inbox))
                }
            }
        if let size = options.receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(size))
        }
        return SocketClient(channel: try await bootstrap.connect(to: address).get(), inbox: inbox)
    }

    // MARK: - Sending

    /// Sends and waits until the socket has taken everything.
    package func send(_ bytes: ByteBuffer) async throws { try await self.channel.writeAndFlush(bytes).get() }

    package func send(_ text: String) async throws { try await self.send(ByteBuffer(string: text)) }

    /// Sends without waiting; the future tells when the socket has taken everything.
    package func enqueue(_ bytes: ByteBuffer) -> EventLoopFuture<Void> { self.channel.writeAndFlush(bytes) }

    /// Ends this direction of the connection.
    package func endSending() async throws { try await self.channel.close(mode: .output).get() }

    /// Closes the socket, whatever is under way.
    package func close() { self.channel.close(promise: nil) }

    /// Closes the socket in a way that the other end sees as a reset, whatever TLS has to say.
    package func reset() async throws {
        // Without time to linger the kernel drops what is unsent and says so.
        guard let options = self.channel as? any SocketOptionProvider else { throw SocketFailure.unexpected("not a socket") }
        try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        let channel = self.channel
        try await channel.eventLoop.flatSubmit {
            guard let tls = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self) else {
                return channel.close()
            }
            return tls.close()
        }.get()
    }

    // MARK: - Reading

    /// For a client that was told not to read from the start.
    package func startReading() async throws { try await self.channel.setOption(.autoRead, value: true).get() }
    package func stopReading() async throws { try await self.channel.setOption(.autoRead, value: false).get() }

    /// Waits until `parse` finds what it looks for. It takes what belongs to its result off the buffer, and nothing while it returns nil.
    package func read<Result>(
        _ what: String, within patience: TimeAmount = patience, _ parse: (inout ByteBuffer) throws -> Result?
    ) async throws -> Result {
        let deadline = NIODeadline.now() + patience
        while true {
            let look = try self.inbox.look(parse)
            if let answer = look.answer { return answer }
            if look.hasEnded { throw SocketFailure.ended(waitingFor: what, unread: self.inbox.unread) }
            guard await self.inbox.waitForChange(since: look.version, until: deadline, on: self.channel.eventLoop) else {
                throw SocketFailure.timedOut(waitingFor: what, unread: self.inbox.unread)
            }
        }
    }

    /// Waits until the server has ended the connection; returns what it sent before and nobody read.
    @discardableResult
    package func readToEnd(within patience: TimeAmount = patience) async throws -> ByteBuffer {
        let deadline = NIODeadline.now() + patience
        while true {
            let look = self.inbox.look { _ in Void?.none }
            if look.hasEnded { return self.inbox.unread }
            guard await self.inbox.waitForChange(since: look.version, until: deadline, on: self.channel.eventLoop) else {
                throw SocketFailure.timedOut(waitingFor: "the end", unread: self.inbox.unread)
            }
        }
    }

    package var hasEnded: Bool { self.inbox.look { _ in Void?.none }.hasEnded }
    package var unreadBytes: Int { self.inbox.unread.readableBytes }
}

private final class PrefaceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let preface: String

    init(_ preface: String) { self.preface = preface }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: self.preface)), promise: nil)
        context.fireChannelActive()
    }
}

package enum SocketFailure: Error, CustomStringConvertible {
    case timedOut(waitingFor: String, unread: ByteBuffer)
    case ended(waitingFor: String, unread: ByteBuffer)
    case unexpected(String)

    package var description: String {
        switch self {
        case .timedOut(let what, let unread): "nothing more came while waiting for \(what); unread: \(Self.text(unread))"
        case .ended(let what, let unread): "the connection ended before \(what); unread: \(Self.text(unread))"
        case .unexpected(let what): what
        }
    }

    private static func text(_ bytes: ByteBuffer) -> String {
        "\(bytes.readableBytes) bytes " + String(decoding: bytes.readableBytesView.prefix(300), as: UTF8.self).debugDescription
    }
}
