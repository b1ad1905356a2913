import NIOCore
import NIOWebSocket
import SignalingClient

/// The end of a WebSocket's pipeline. It lives on the channel's event loop.
final class SocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = Command
    typealias OutboundOut = WebSocketFrame

    enum Command: Sendable {
        case text([UInt8])
        /// With `waits` the other end has its say.
        case close(code: UInt16, waits: Bool)
    }

    private let socket: NIOSocket
    private var hasSentClose = false
    private var hasRead = false

    init(_ socket: NIOSocket) { self.socket = socket }

    func handlerAdded(context: ChannelHandlerContext) {
        // From here on, `receive` asks for what it needs. A channel without the option goes on reading, which loses nothing but the pressure.
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        var bytes = frame.unmaskedData
        switch frame.opcode {
        case .text, .binary:
            self.hasRead = true
            self.socket.deliver(.data(Array(bytes.readableBytesView)))
        case .ping:
            self.hasRead = true
            // A server that takes nothing gets no answers piled up for it.
            if !self.hasSentClose, context.channel.isWritable { self.write(.pong, bytes, context, promise: nil) }
            context.flush()
            self.socket.deliver(.ping)
        case .connectionClose:
            let code = bytes.readInteger(as: UInt16.self)
            let reason = String(decoding: bytes.readableBytesView, as: UTF8.self)
            self.socket.deliver(.closed(code: code ?? 1005, reason: reason))
            self.sendClose(code ?? 1000, context)
            context.flush()
            context.close(promise: nil)
        default:
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // A part of a message, or of a record of TLS, does not end the waiting.
        if !self.hasRead || self.socket.isWaitedFor || self.hasSentClose { context.read() }
        self.hasRead = false
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.socket.deliver(.closed(code: 1006, reason: ""))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch self.unwrapOutboundIn(data) {
        case .text(let text):
            guard !self.hasSentClose else { return promise?.fail(ChannelError.outputClosed) ?? () }
            self.write(.text, context.channel.allocator.buffer(bytes: text), context, promise: promise)
        case .close(let code, let waits):
            self.sendClose(code, context)
            context.flush()
            if waits { context.read() } else { context.close(promise: nil) }
            promise?.succeed()
        }
    }

    private func sendClose(_ code: UInt16, _ context: ChannelHandlerContext) {
        guard !self.hasSentClose else { return }
        self.hasSentClose = true
        var bytes = context.channel.allocator.buffer(capacity: 2)
        bytes.writeInteger(code)
        self.write(.connectionClose, bytes, context, promise: nil)
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
        context.write(self.wrapOutboundOut(frame), promise: promise)
    }
}
