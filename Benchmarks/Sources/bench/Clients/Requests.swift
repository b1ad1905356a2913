import RawLoad

/// Requests as bytes.
struct Requests {
    static let codeKey = Array(#""code""#.utf8)
    static let appIDKey = Array(#""appID""#.utf8)

    let mint: [UInt8]
    private let redeemHead: [UInt8]
    private let redeemEnd: [UInt8]
    private let upgradeEnds: [[UInt8]]

    init(_ server: ServerAddress, keepAlive: Bool) {
        let last = keepAlive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n"
        self.mint = Array("POST /rendezvous/code HTTP/1.1\r\nHost: \(server.host)\r\nContent-Length: 0\(last)".utf8)
        self.redeemHead = Array(
            "POST /rendezvous/redeem HTTP/1.1\r\nHost: \(server.host)\r\nContent-Type: application/json\r\nContent-Length: ".utf8)
        self.redeemEnd = Array((last + #"{"code":""#).utf8)
        // The key is RFC 6455's own example: load needs no fresh ones.
        self.upgradeEnds = ["A", "B"].map { side in
            Array(
                """
                &side=\(side) HTTP/1.1\r
                Host: \(server)\r
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                Sec-WebSocket-Version: 13\r
                \r

                """.utf8)
        }
    }

    func redeem(_ code: UnsafeRawBufferPointer) -> [UInt8] {
        var request = self.redeemHead
        request += Array(String(code.count + 11).utf8)
        request += self.redeemEnd
        request += code
        request += [UInt8(ascii: "\""), UInt8(ascii: "}")]
        return request
    }

    private static let upgradeStart = Array("GET /ws?appID=".utf8)
    private static let sidParameter = Array("&sid=".utf8)

    /// An empty sid is left out.
    func upgrade(_ appID: [UInt8], side: Int, sid: [UInt8] = []) -> [UInt8] {
        var request = Self.upgradeStart
        request += appID
        if !sid.isEmpty { request += Self.sidParameter + sid }
        request += self.upgradeEnds[side]
        return request
    }
}
