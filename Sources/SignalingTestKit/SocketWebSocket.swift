package import NIOCore
import SignalingWire
package import WebSocketCore

extension ClientFrame {
    package init(_ opcode: Opcode, text: String, isFinal: Bool = true) { self.init(opcode, Array(text.utf8), isFinal: isFinal) }
}

extension ReceivedFrame {
    /// Of a close frame that carries one.
    package var closeCode: UInt16? {
        self.payload.count < 2 ? nil : UInt16(self.payload[0]) << 8 | UInt16(self.payload[1])
    }
    package var closeReason: String { String(decoding: self.payload.dropFirst(2), as: UTF8.self) }
}

/// A WebSocket client that does nothing on its own but respond to pings while it is being read from.
package final class WebSocketClient: Sendable {
    package let socket: SocketClient

    package init(_ socket: SocketClient) { self.socket = socket }

    /// The key of RFC 6455's own example, whose right response is known.
    package static let upgradeHeaders = [
        ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]
    package static let upgradeAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    package static func upgradeAsk(
        room: String, side: String, sid: String? = nil, token: String? = nil, headers: [(String, String)] = []
    ) -> HTTPAsk {
        let target = "/ws?appID=\(room)&side=\(side)" + (sid.map { "&sid=\($0)" } ?? "") + (token.map { "&token=\($0)" } ?? "")
        return HTTPAsk("GET", target, headers: self.upgradeHeaders + headers)
    }

    /// Upgrades a connection, which may have carried requests before.
    package static func open(
        on socket: SocketClient, room: String, side: String, sid: String? = nil, token: String? = nil, headers: [(String, String)] = []
    ) async throws -> WebSocketClient {
        let reply = try await socket.request(Self.upgradeAsk(room: room, side: side, sid: sid, token: token, headers: headers))
        guard reply.status == 101, reply["Sec-WebSocket-Accept"] == Self.upgradeAccept else {
            throw SocketFailure.unexpected("no upgrade: \(reply)")
        }
        return WebSocketClient(socket)
    }

    // MARK: - Sending

    package func send(_ text: String) async throws { try await self.send(.text(text)) }

    package func send(_ frame: ClientFrame) async throws { try await self.socket.send(ByteBuffer(bytes: frame.bytes)) }

    /// Several frames in one write.
    package func send(_ frames: [ClientFrame]) async throws {
        var buffer = ByteBuffer()
        for frame in frames { buffer.writeBytes(frame.bytes) }
        try await self.socket.send(buffer)
    }

    package func sendPong(to ping: ReceivedFrame) async throws { try await self.send(ClientFrame(.pong, ping.payload)) }

    package func sendClose(_ code: UInt16?, reason: String = "") async throws {
        try await self.send(.close(code, reason: Array(reason.utf8)))
    }

    // MARK: - Reading

    /// The next frame, whatever it is; nothing is sent in response.
    package func nextFrame(within patience: TimeAmount = SocketClient.patience) async throws -> ReceivedFrame {
        try await self.socket.read("a frame", within: patience, Self.parse)
    }

    /// The next frame that is no ping; pings get their pongs.
    package func nextMessage(within patience: TimeAmount = SocketClient.patience) async throws -> ReceivedFrame {
        while true {
            let frame = try await self.nextFrame(within: patience)
            guard frame.opcode == .ping else { return frame }
            try await self.sendPong(to: frame)
        }
    }

    package func nextText() async throws -> String {
        let frame = try await self.nextMessage()
        guard frame.opcode == .text else { throw SocketFailure.unexpected("not a text frame: \(frame)") }
        return frame.text
    }

    /// The next ping, unanswered.
    package func nextPing() async throws -> ReceivedFrame {
        let frame = try await self.nextFrame()
        guard frame.opcode == .ping else { throw SocketFailure.unexpected("not a ping: \(frame)") }
        return frame
    }

    /// The server's close, which must be the next frame; it gets none back.
    package func nextClose() async throws -> ReceivedFrame {
        let frame = try await self.nextMessage()
        guard frame.opcode == .close else { throw SocketFailure.unexpected("not a close frame: \(frame)") }
        return frame
    }

    /// Reads the server's close, answers it, and waits for the end of the connection.
    package func finishClose() async throws -> ReceivedFrame {
        let frame = try await self.nextClose()
        try? await self.sendClose(frame.closeCode)
        let rest = try await self.socket.readToEnd()
        guard rest.readableBytes == 0 else { throw SocketFailure.unexpected("\(rest.readableBytes) bytes behind the close frame") }
        return frame
    }

    /// Closes from this side and waits for the echo and the end.
    package func close(_ code: UInt16? = 1000) async throws {
        try await self.sendClose(code)
        while try await self.nextFrame().opcode != .close {}
        try await self.socket.readToEnd()
    }

    private static func parse(_ buffer: inout ByteBuffer) throws -> ReceivedFrame? {
        var copy = buffer
        guard let (first, second) = copy.readMultipleIntegers(as: (UInt8, UInt8).self) else { return nil }
        guard first & 0xF0 == 0x80, second & 0x80 == 0, let opcode = Opcode(rawValue: first & 15) else {
            throw SocketFailure.unexpected("no frame that a server may send: \(first), \(second)")
        }
        var length = Int(second)
        if length == 126 {
            guard let extended = copy.readInteger(as: UInt16.self) else { return nil }
            length = Int(extended)
        } else if length == 127 {
            guard let extended = copy.readInteger(as: UInt64.self) else { return nil }
            length = Int(extended)
        }
        guard let payload = copy.readBytes(length: length) else { return nil }
        buffer = copy
        return ReceivedFrame(opcode, payload)
    }
}
