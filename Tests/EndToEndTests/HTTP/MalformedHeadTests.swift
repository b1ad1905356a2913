import SignalingTestKit
import Testing

/// Heads that break the rules of RFC 9112: refused, and the connection with them. And some that look as if they did.
@Suite struct MalformedHeadTests {
    private static let get = "GET /healthz HTTP/1.1\r\nHost: x\r\n"

    @Test func linesEndWithCRLF() async throws {
        try await withServer { server in
            try await server.check([
                .refused("LF everywhere", "GET /healthz HTTP/1.1\nHost: x\n\n"),
                .refused("LF behind the request line", "GET /healthz HTTP/1.1\nHost: x\r\n\r\n"),
                .refused("LF behind a field", "GET /healthz HTTP/1.1\r\nHost: x\nX: y\r\n\r\n"),
                .refused("LF as the empty line", Self.get + "\n"),
                .refused("CR behind the request line", "GET /healthz HTTP/1.1\rHost: x\r\n\r\n"),
                .refused("CR in a value", Self.get + "X: a\rTransfer-Encoding: chunked\r\n\r\n"),
                .refused("two CR", Self.get + "X: a\r\r\n\r\n"),
                .refused("CR as the empty line", Self.get + "\r\r\n"),
                .refused("a folded value", Self.get + "X: a\r\n b\r\n\r\n"),
                .refused("a value folded by a tab", Self.get + "X: a\r\n\tb\r\n\r\n"),
                .refused("a folded first field", "GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n"),
                // RFC 9112 section 2.2: empty lines before a request are passed over.
                .understood("empty lines before", "\r\n\r\n" + Self.get + "\r\n"),
            ])
        }
    }

    @Test func aHeadIsVisibleText() async throws {
        try await withServer { server in
            for byte in ["\u{0}", "\u{1}", "\u{8}", "\u{1B}", "\u{7F}"] {
                let name = byte.debugDescription
                try await server.check([
                    .refused("\(name) in a value", Self.get + "X: a\(byte)b\r\n\r\n"),
                    .refused("\(name) in a name", Self.get + "X\(byte)Y: a\r\n\r\n"),
                    .refused("\(name) in the target", "GET /healthz\(byte) HTTP/1.1\r\nHost: x\r\n\r\n"),
                    .refused("\(name) in the method", "GE\(byte)T /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
                ])
            }
            try await server.check([
                .refused("a byte above ASCII in a name", Self.get + "Xä: b\r\n\r\n"),
                .refused("a byte above ASCII in the target", "GET /healthzä HTTP/1.1\r\nHost: x\r\n\r\n"),
                .understood("bytes above ASCII in a value", Self.get + "X: ä\r\n\r\n"),
                HTTPExchange(
                    "bytes that are no UTF-8 in a value",
                    Array((Self.get + "X: ").utf8) + [0xFF, 0x0D, 0x0A, 0x0D, 0x0A] + Array(HTTPExchange.next.utf8), [200, 404]),
                .understood("a tab in a value", Self.get + "X: a\tb\r\n\r\n"),
                .understood("an empty value", Self.get + "X:\r\n\r\n"),
                .refused("a space before the colon", Self.get + "X : y\r\n\r\n"),
                .refused("a tab before the colon", Self.get + "X\t: y\r\n\r\n"),
                .refused("no colon", Self.get + "Hello\r\n\r\n"),
                .refused("no name", Self.get + ": y\r\n\r\n"),
                .refused("a name of two words", Self.get + "X Y: z\r\n\r\n"),
                .refused("a name in brackets", Self.get + "(X): z\r\n\r\n"),
            ])
        }
    }

    @Test func aRequestLineHasThreeWords() async throws {
        try await withServer { server in
            for line in [
                "GET HTTP/1.1", "GET  HTTP/1.1", "GET /healthz", "GET /heal thz HTTP/1.1", "GET /healthz HTTP/1.1 ",
                " GET /healthz HTTP/1.1",
                "GET\t/healthz\tHTTP/1.1", "GET /healthz\tHTTP/1.1", "GET healthz HTTP/1.1", "GET localhost:80 HTTP/1.1",
                "/healthz HTTP/1.1",
                "GET /healthz HTTP/1.1 HTTP/1.1", "GET /healthz HTTP 1.1", "GET /healthz HTTP/", "GET /healthz HTTP/1",
                "GET /healthz HTTP/1.1.1",
                "GET /healthz http/1.1", "GET /healthz HTTP/11", "GET /healthz HTTP/1.10", "GET /healthz HTTP/0.9", "GET /healthz HTTP/1.2",
                "GET /healthz HTTP/2.0", "GET /healthz HTTP/3.0", "GET /healthz XTTP/1.1",
                "BREW /healthz HTTP/1.1", "get /healthz HTTP/1.1", "GETS /healthz HTTP/1.1", "G=T /healthz HTTP/1.1",
                "PRI * HTTP/1.1",
            ] {
                try await server.check([.refused(line.debugDescription, line + "\r\nHost: x\r\n\r\n")])
            }
            // Methods that exist, but not here.
            for method in ["TRACE", "PATCH", "PROPFIND", "PURGE", "M-SEARCH"] {
                try await server.check([.understood(method, "\(method) /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 405)])
            }
        }
    }

    @Test func otherProtocolsAreRefused() async throws {
        let http2 = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]
        let hello: [UInt8] = [0x16, 3, 1, 0, 0x2F, 1, 0, 0, 0x2B, 3, 3] + [UInt8](repeating: 7, count: 41)
        try await withServer { server in
            try await server.check([
                HTTPExchange("HTTP/0.9", "GET /healthz\r\n\r\n", 400),
                HTTPExchange("HTTP/2, known beforehand", http2, [400]),
                HTTPExchange("TLS", hello, [400]),
                HTTPExchange("SSH", "SSH-2.0-OpenSSH_9.2\r\n", 400),
                HTTPExchange("PROXY", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + HTTPExchange.next, 400),
                HTTPExchange("a WebSocket frame", ClientFrame.text("{}").bytes + [0x0D, 0x0A], [400]),
                HTTPExchange("an answer", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 400),
            ])
        }
    }

    @Test func aRequestIsForOneHost() async throws {
        func request(_ fields: String, _ version: String = "1.1") -> String { "GET /healthz HTTP/\(version)\r\n\(fields)\r\n" }
        try await withServer { server in
            for fields in [
                "", "Host: x\r\nHost: x\r\n", "Host: x\r\nhost: y\r\n", "Host:\r\n", "Host: \r\n", "Host: :80\r\n", "Host: a, b\r\n",
                "Host: a,b\r\n",
                "Host: a b\r\n", "Host: user@a\r\n", "Host: a/b\r\n", "Host: http://a\r\n", "Host: a:b\r\n", "Host: a:80:80\r\n",
                "Host: [::1\r\n",
                "Host: [::1]x\r\n", "Host: []\r\n", "Host: ::1\r\n", "Host: a#b\r\n", "Host: a?b\r\n", "Host: ä\r\n", "Host : x\r\n",
            ] {
                try await server.check([.refused(fields.debugDescription, request(fields))])
            }
            for fields in [
                "Host: x\r\n", "host:x:80\r\n", "Host: 127.0.0.1:80 \r\n", "Host: [::1]:80\r\n", "Host: a_b.example.\r\n", "Host: x:\r\n",
            ] {
                try await server.check([.understood(fields.debugDescription, request(fields))])
            }
            try await server.check([
                HTTPExchange("none, of an old client", request("", "1.0"), 200),
                .refused("two, of an old client", request("Host: x\r\nHost: y\r\n", "1.0")),
            ])
        }
    }

    /// RFC 9112 section 3.2.2: a server must take whole URIs, whatever Host says.
    @Test func aTargetMayBeAWholeURI() async throws {
        func request(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: other.example\r\n\r\n" }
        try await withServer { server in
            for target in [
                "http://localhost/healthz", "HTTP://LOCALHOST:80/healthz?x", "https://chat.example/healthz", "http://[::1]:1234/healthz",
            ] {
                try await server.check([.understood(target, request(target))])
            }
            for target in [
                "http://user:word@localhost/healthz", "http:///healthz", "http://local host/healthz", "http:/healthz", "http://a:b/healthz",
            ] {
                try await server.check([.refused(target, request(target))])
            }
            for target in [
                "ftp://localhost/healthz", "http://localhost", "http://localhost?/healthz", "/http://localhost/healthz",
                "//localhost/healthz",
            ] {
                try await server.check([.understood(target, request(target), 404)])
            }
            let upgrade = WebSocketClient.upgradeAsk(room: randomRoom(), side: "A")
            let client = try await server.connect()
            try await client.send(upgrade.text.replacing("GET /ws", with: "GET http://localhost/ws"))
            #expect(try await client.reply().status == 101)
        }
    }

    @Test func aHeadHasItsBounds() async throws {
        let long = String(repeating: "a", count: 9000)
        try await withServer { server in
            try await server.check([
                .refused("the target", "GET /healthz?\(long) HTTP/1.1\r\nHost: x\r\n\r\n", 431),
                .refused("a name", Self.get + "\(long): x\r\n\r\n", 431),
                .refused("a value", Self.get + "X: \(long)\r\n\r\n", 431),
                .refused("all fields", Self.get + String(repeating: "X: \(long.prefix(4000))\r\n", count: 5) + "\r\n", 431),
                .refused("their number", Self.get + String(repeating: "X: y\r\n", count: 101) + "\r\n", 431),
                .refused("the method", "\(long) /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
                .understood("within all bounds", Self.get + String(repeating: "X: y\r\n", count: 98) + "Y: \(long.prefix(8000))\r\n\r\n"),
            ])
        }
    }
}
