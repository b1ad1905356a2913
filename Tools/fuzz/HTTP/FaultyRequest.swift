/// Requests whose length two programs could read differently, each with a request inside that one of them would see.
enum FaultyRequest {
    static func make(_ input: inout InputCursor) -> (fault: String, bytes: [UInt8]) {
        let hidden = String(decoding: RequestMaker.plain, as: UTF8.self)
        let faults: [(String, String)] = [
            ("two lengths", self.post("Content-Length: \(hidden.utf8.count)\r\nContent-Length: 0\r\n", hidden)),
            ("a length and chunks", self.post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden)),
            ("chunks and a length", self.post("Transfer-Encoding: chunked\r\nContent-Length: \(hidden.utf8.count)\r\n", hidden)),
            ("chunked not last", self.post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n" + hidden)),
            ("chunked twice", self.post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n" + hidden)),
            ("an unknown coding", self.post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + hidden)),
            ("a vertical tab before chunked", self.post("Transfer-Encoding: \u{b}chunked\r\n", "0\r\n\r\n" + hidden)),
            ("a blank before the colon", self.post("Content-Length : 5\r\n", hidden)),
            ("a signed length", self.post("Content-Length: +5\r\n", hidden)),
            ("a negative length", self.post("Content-Length: -1\r\n", hidden)),
            ("a hexadecimal length", self.post("Content-Length: 0x5\r\n", hidden)),
            ("a length with a blank inside", self.post("Content-Length: 5 0\r\n", hidden)),
            ("an endless length", self.post("Content-Length: 18446744073709551617\r\n", hidden)),
            ("an empty length", self.post("Content-Length:\r\n", hidden)),
            ("a folded field", self.post("X-Folded: a\r\n Content-Length: 5\r\n", hidden)),
            ("a chunk size that is none", self.chunks("z\r\n" + hidden)),
            ("a signed chunk size", self.chunks("+5\r\nhello\r\n0\r\n\r\n" + hidden)),
            ("an endless chunk size", self.chunks("10000000000000005\r\nhello\r\n0\r\n\r\n" + hidden)),
            ("a chunk size in C's notation", self.chunks("0x5\r\nhello\r\n0\r\n\r\n" + hidden)),
            ("a chunk longer than its size", self.chunks("5\r\nhelloo\r\n0\r\n\r\n" + hidden)),
            ("a NUL in a field", self.post("X-Nul: a\u{0}b\r\n", hidden)),
            ("a carriage return in a field", self.post("X-Return: a\rContent-Length: 5\r\n", hidden)),
            ("a name that is no token", self.post("Content[Length]: 5\r\n", hidden)),
            ("a request line with two targets", "GET /healthz /healthz HTTP/1.1\r\nHost: h\r\n\r\n"),
            ("a version that is none", "GET /healthz HTTP/1.1x\r\nHost: h\r\n\r\n"),
            ("two hosts", "GET /healthz HTTP/1.1\r\nHost: h\r\nHost: g\r\n\r\n"),
            ("no host", "GET /healthz HTTP/1.1\r\n\r\n"),
            ("a coding that is chunked only to Unicode", self.post("Transfer-Encoding: chun\u{212A}ed\r\n", "0\r\n\r\n" + hidden)),
        ]
        let (fault, text) = input.pick(faults)
        return (fault, Array(text.utf8))
    }

    private static func post(_ fields: String, _ rest: String) -> String {
        "POST /rendezvous/code HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\(rest)"
    }

    private static func chunks(_ rest: String) -> String { self.post("Transfer-Encoding: chunked\r\n", rest) }
}
