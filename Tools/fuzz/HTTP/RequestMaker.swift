/// Requests put together so that they are well-formed whatever the input holds.
enum RequestMaker {
    static let plain = Array("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n".utf8)

    private static let targets = [
        "/healthz", "/readyz", "/rendezvous/code", "/rendezvous/redeem", "/metrics", "/ws", "/nothing", "/",
        "/ws?appID=01234567-89ab-cdef-0123-456789abcdef&side=A", "*", "http://h/healthz",
    ]
    private static let fieldNames = [
        "X-Forwarded-For", "Origin", "Content-Type", "Accept", "User-Agent", "Cookie", "X-Content-Length", "Access-Control-Request-Method",
        "Sec-WebSocket-Protocol", "Forwarded",
    ]

    static func request(_ input: inout InputCursor) -> [UInt8] {
        let choices = input.byte()
        let method = ["GET", "POST", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "POST"][Int(choices & 7)]
        let target = input.pick(self.targets) + (choices & 8 == 0 ? "" : self.query(&input))
        var head = "\(method) \(target) HTTP/1.1\r\nHost: h\r\n"
        if choices & 16 != 0 { head += "\(input.pick(self.fieldNames)): \(self.value(&input))\r\n" }
        if choices & 32 != 0 { head += "Content-Type: application/json\r\n" }
        if target.hasPrefix("/ws"), choices & 128 != 0 { head += self.upgrade(&input) }
        guard choices & 64 != 0 else { return Array((head + "\r\n").utf8) }
        let body = self.body(&input)
        if choices & 128 == 0 { return Array((head + "Content-Length: \(body.count)\r\n\r\n").utf8) + body }
        return Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8) + self.chunked(body, &input)
    }

    /// A 400 that closes is one that the server has reason to give even to these: an upgrade it cannot make.
    static func mayBeRefused(_ response: ReceivedResponse) -> Bool {
        !String(decoding: response.body, as: UTF8.self).contains("this is not HTTP/1.1")
    }

    private static func upgrade(_ input: inout InputCursor) -> String {
        let key = input.pick(["dGhlIHNhbXBsZSBub25jZQ==", "AAAAAAAAAAAAAAAAAAAAAA==", "AAAA", self.value(&input)])
        return "Upgrade: \(input.pick(["websocket", "WebSocket, x", "h2c"]))\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: \(input.pick(["13", "8"]))\r\nSec-WebSocket-Key: \(key)\r\n"
    }

    private static func query(_ input: inout InputCursor) -> String {
        let text = input.block().filter { (0x21..<0x7F).contains($0) && $0 != UInt8(ascii: "#") }
        return "?" + String(decoding: text, as: UTF8.self)
    }

    /// A field value: visible characters and blanks, not at the ends.
    private static func value(_ input: inout InputCursor) -> String {
        let text = input.block().filter { (0x20..<0x7F).contains($0) }
        return String(decoding: text, as: UTF8.self).split(separator: " ").joined(separator: " ")
    }

    /// Often with what a careless reader would take for a request.
    private static func body(_ input: inout InputCursor) -> [UInt8] {
        let form = input.byte()
        let bytes = input.block()
        switch form & 3 {
        case 0: return bytes
        case 1: return self.plain + bytes
        case 2: return bytes + Array("\r\n\r\n".utf8) + self.plain
        default: return [UInt8](repeating: UInt8(ascii: "x"), count: Int(form >> 2) * 80) + self.plain
        }
    }

    private static func chunked(_ body: [UInt8], _ input: inout InputCursor) -> [UInt8] {
        let choices = input.byte()
        let size = 1 + Int(choices & 31)
        var chunks: [UInt8] = []
        for start in stride(from: 0, to: body.count, by: size) {
            let chunk = body[start..<min(start + size, body.count)]
            let length = String(chunk.count, radix: 16, uppercase: choices & 32 != 0)
            chunks += Array("\(choices & 64 != 0 ? "00" : "")\(length)\(choices & 128 != 0 ? ";a=b" : "")\r\n".utf8) + chunk + [0x0D, 0x0A]
        }
        let trailer = choices & 128 != 0 ? "X-Trailer: GET /healthz HTTP/1.1\r\n" : ""
        return chunks + Array("0\r\n\(trailer)\r\n".utf8)
    }
}
