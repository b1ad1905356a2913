import NIOCore

/// The HTTP half of the opening handshake (RFC 6455 section 4.2).
enum WebSocketHandshake {
    /// Checks the request and answers what Sec-WebSocket-Accept must spell.
    static func accept(_ head: RequestHead) throws(Problem) -> SHA1.Digest {
        guard head.asksForWebSocket else { throw .upgradeRequired }
        let bytes = head.bytes.readableBytesUInt8Span
        guard head.isHTTP11 else { throw Problem(400, "WebSocket needs HTTP/1.1", closes: true) }
        guard head.webSocketVersion.count == 1, bytes.equals("13", in: head.webSocketVersion.value) else {
            throw Problem(400, "Sec-WebSocket-Version must be 13", fields: [.init("Sec-WebSocket-Version", "13")], closes: true)
        }
        guard head.webSocketKey.count == 1, Base64.isSixteenBytes(bytes, head.webSocketKey.value) else {
            throw Problem(400, "Sec-WebSocket-Key must be 16 bytes in base64", closes: true)
        }
        // Frames follow the head. A body in between is what somebody sends who hopes that a proxy in front reads it as something else.
        guard !head.announcesBody else { throw Problem(400, "an upgrade request has no body", closes: true) }
        return SHA1.accept(key: bytes.extracting(head.webSocketKey.value))
    }

    static func writeAnswer(_ accept: SHA1.Digest, into buffer: inout ByteBuffer) {
        buffer.writeStaticString(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
        Base64.write(accept, into: &buffer)
        buffer.writeStaticString("\r\n\r\n")
    }
}

extension Problem {
    static let upgradeRequired = Problem(
        426, "this is a WebSocket endpoint: ask for it with Upgrade: websocket",
        fields: [.init("Upgrade", "websocket"), .init("Connection", "Upgrade")])
}
