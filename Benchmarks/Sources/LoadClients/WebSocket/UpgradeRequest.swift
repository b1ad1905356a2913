import NIOCore

/// The opening handshake. The key is RFC 6455's own example, whose answer is known: load needs no fresh ones.
enum UpgradeRequest {
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    static func bytes(_ request: WebSocketClient.Request) -> ByteBuffer {
        let sid = request.sid.map { "&sid=\($0)" } ?? ""
        return ByteBuffer(
            string: """
                GET /ws?appID=\(request.room)&side=\(request.side.rawValue)\(sid) HTTP/1.1\r
                Host: load.test\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: \(self.key)\r
                X-Forwarded-For: \(request.address)\r
                \r

                """)
    }

    enum Answer: Equatable {
        case needMore
        case accepted
        case refused(Int)
        case malformed(String)
    }

    static func readAnswer(_ input: inout ByteBuffer) -> Answer {
        switch ResponseHead.read(from: &input) {
        case .needMore: return .needMore
        case .malformed(let why): return .malformed(why)
        case .head(let head):
            guard head.status == 101 else { return .refused(head.status) }
            guard head["upgrade"] == "websocket", head["connection"]?.lowercased() == "upgrade" else { return .malformed("no upgrade") }
            guard head["sec-websocket-accept"] == self.accept else { return .malformed("the wrong Sec-WebSocket-Accept") }
            guard head["sec-websocket-extensions"] == nil, head["sec-websocket-protocol"] == nil else {
                return .malformed("an extension or a protocol that nobody asked for")
            }
            return .accepted
        }
    }
}
