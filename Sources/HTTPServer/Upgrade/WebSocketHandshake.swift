import NIOCore

/// The HTTP half of the opening handshake (RFC 6455 section 4.2).
package enum WebSocketHandshake {
    /// The value of Sec-WebSocket-Accept.
    package struct Accept: Sendable {
        let digest: SHA1.Digest
    }

    /// Checks a request for an upgrade.
    package static func accept(_ head: RequestHead) throws(Problem) -> Accept {
        guard head.asksForWebSocket else { throw .upgradeRequired }
        let bytes = head.bytes.readableBytesUInt8Span
        guard head.isHTTP11 else { throw Problem(.badRequest, "WebSocket needs HTTP/1.1", closes: true) }
        guard head.webSocketVersion.count == 1, bytes.equals("13", in: head.webSocketVersion.value) else {
            throw Problem(.badRequest, "Sec-WebSocket-Version must be 13", fields: [.init("Sec-WebSocket-Version", "13")], closes: true)
        }
        guard head.webSocketKey.count == 1, Base64.isSixteenBytes(bytes, head.webSocketKey.value) else {
            throw Problem(.badRequest, "Sec-WebSocket-Key must be 16 bytes in base64", closes: true)
        }
        // Frames follow the head. A body in between could be read as frames here and as a body by a proxy, or the other way round.
        guard !head.announcesBody else { throw Problem(.badRequest, "an upgrade request has no body", closes: true) }
        return Accept(digest: SHA1.accept(key: bytes.extracting(head.webSocketKey.value)))
    }

    static func writeResponse(_ accept: Accept, into buffer: inout ByteBuffer) {
        buffer.writeStaticString(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
        Base64.write(accept.digest, into: &buffer)
        buffer.writeStaticString("\r\n\r\n")
    }
}

extension Problem {
    package static let upgradeRequired = Problem(
        .upgradeRequired, "this is a WebSocket endpoint: ask for it with Upgrade: websocket",
        fields: [.init("Upgrade", "websocket"), .init("Connection", "Upgrade")])
}
