import DoctorCore
import ICECore
import NIOCore
import NIOPosix
import NIOSSL

/// Messages to and from a STUN or TURN server, over whatever the URL names. One task uses it.
struct STUNLine {
    enum Event: Sendable {
        case message(STUNMessage)
        case timeUp(Int)
        case ended(any Error)
    }

    /// Over UDP a request is repeated after this time, then after twice as long, and so on (RFC 8489 section 6.2.1).
    private static let firstWait = Duration.milliseconds(500)

    private let channel: any Channel
    private let limit: Duration
    private let isDatagrams: Bool
    private var events: AsyncStream<Event>.Iterator
    private let news: AsyncStream<Event>.Continuation
    private var waits = 0

    var server: SocketAddress? { self.channel.remoteAddress }

    init(_ place: ICEURL.Place, _ dialer: Dialer) async throws {
        // What does not fit is dropped: no more than a few messages are asked for.
        let (stream, news) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingOldest(64))
        self.news = news
        self.events = stream.makeAsyncIterator()
        self.limit = dialer.limit
        self.isDatagrams = place.transport == .udp
        switch place.transport {
        case .udp:
            self.channel = try await dialer.udp(place.host, place.port) { channel in
                try channel.pipeline.syncOperations.addHandler(STUNDatagramHandler(news))
            }
        case .tcp, .tls, .dtls:
            let tls = try place.transport == .tcp ? nil : dialer.tls()
            let name = Dialer.serverName(place.host)
            self.channel = try await dialer.tcp(place.host, place.port) { channel in
                let pipeline = channel.pipeline.syncOperations
                if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name)) }
                try pipeline.addHandler(STUNStreamHandler(news))
            }
        }
    }

    /// The first message that `read` makes something of; nil where there is none in time. Throws where the connection ends.
    mutating func ask<Value>(_ request: [UInt8], _ read: (STUNMessage) -> Value?) async throws -> Value? {
        var wait = self.isDatagrams ? min(Self.firstWait, self.limit) : self.limit
        var left = self.limit
        while left > .zero {
            self.send(request)
            self.waits += 1
            let number = self.waits
            let news = self.news
            let end = ContinuousClock.now + min(wait, left)
            let alarm = self.channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(min(wait, left) / .nanoseconds(1)))) {
                _ = news.yield(.timeUp(number))
            }
            defer { alarm.cancel() }
            waiting: while true {
                switch await self.events.next() {
                case .message(let message)?:
                    if let value = read(message) { return value }
                    // Of a server that sends without pause more is dropped than messages: the alarm too.
                    if ContinuousClock.now >= end { break waiting }
                case .timeUp(number)?: break waiting
                case .timeUp?: continue
                case .ended(let error)?: throw error
                case nil: throw CancellationError()
                }
            }
            left -= wait
            wait *= 2
        }
        return nil
    }

    func send(_ message: [UInt8]) { self.channel.writeAndFlush(ByteBuffer(bytes: message), promise: nil) }

    func close() { self.channel.close(promise: nil) }
}

/// Each datagram is a message, or nothing.
private final class STUNDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let news: AsyncStream<STUNLine.Event>.Continuation

    init(_ news: AsyncStream<STUNLine.Event>.Continuation) { self.news = news }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(self.unwrapInboundIn(data).data.readableBytesView)
        if let message = STUNMessage(bytes) { self.news.yield(.message(message)) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { self.news.yield(.ended(error)) }
}

/// Messages follow each other, and each says how long it is.
private final class STUNStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let news: AsyncStream<STUNLine.Event>.Continuation
    /// No longer than a message and a read.
    private var bytes: [UInt8] = []

    init(_ news: AsyncStream<STUNLine.Event>.Continuation) { self.news = news }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.bytes += self.unwrapInboundIn(data).readableBytesView
        while self.bytes.count >= 8 {
            guard let length = STUNMessage.length(ofMessageBeginning: self.bytes) else {
                self.news.yield(.ended(STUNLineError.notSTUN))
                return context.close(promise: nil)
            }
            guard self.bytes.count >= length else { return }
            if let message = STUNMessage(Array(self.bytes.prefix(length))) { self.news.yield(.message(message)) }
            self.bytes.removeFirst(length)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.news.yield(.ended(error))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.news.yield(.ended(ChannelError.eof))
        context.fireChannelInactive()
    }
}

enum STUNLineError: Error, CustomStringConvertible {
    case notSTUN

    var description: String { "what is there does not speak STUN" }
}
