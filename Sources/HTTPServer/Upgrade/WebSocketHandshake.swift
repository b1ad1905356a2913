import NIOHTTP1

/// The HTTP half of the opening handshake (RFC 6455 section 4.2).
enum WebSocketHandshake {
    /// Checks the request and answers the value of Sec-WebSocket-Accept.
    static func accept(_ head: HTTPRequestHead) throws(Problem) -> String {
        guard self.asksForUpgrade(head) else {
            throw Problem(
                426, "this is a WebSocket endpoint: ask for it with Upgrade: websocket",
                fields: [.init("Upgrade", "websocket"), .init("Connection", "Upgrade")])
        }
        guard head.version == .http1_1 else { throw Problem(400, "WebSocket needs HTTP/1.1", closes: true) }
        let versions = head.headers["Sec-WebSocket-Version"]
        guard versions.count == 1, versions[0] == "13" else {
            throw Problem(400, "Sec-WebSocket-Version must be 13", fields: [.init("Sec-WebSocket-Version", "13")], closes: true)
        }
        let keys = head.headers["Sec-WebSocket-Key"]
        guard keys.count == 1, Base64.isSixteenBytes(keys[0]) else {
            throw Problem(400, "Sec-WebSocket-Key must be 16 bytes in base64", closes: true)
        }
        // Frames follow the head. A body in between is what somebody sends who hopes that a proxy in front reads it as something else.
        guard !HeadRules.announcesBody(head) else { throw Problem(400, "an upgrade request has no body", closes: true) }
        return Base64.encode(SHA1.digest((keys[0] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
    }

    /// Whether the request names the websocket protocol and the Upgrade header as one of this connection.
    static func asksForUpgrade(_ head: HTTPRequestHead) -> Bool {
        head.headers.hasToken("websocket", in: "Upgrade") && head.headers.hasToken("upgrade", in: "Connection")
    }
}

extension HTTPHeaders {
    /// Whether a comma-separated header field holds a token, in any case.
    func hasToken(_ token: String, in name: String) -> Bool {
        self[canonicalForm: name].contains { $0.lowercasedASCII == token }
    }
}
