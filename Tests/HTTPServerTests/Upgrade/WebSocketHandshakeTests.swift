import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite struct WebSocketHandshakeTests {
    /// RFC 6455 section 1.3's example, changed by `changes`.
    private func head(_ changes: [(String, String?)] = [], version: HTTPVersion = .http1_1) -> HTTPRequestHead {
        var headers: HTTPHeaders = [
            "Host": "server.example.com", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
        ]
        for (name, value) in changes {
            headers.remove(name: name)
            if let value { headers.add(name: name, value: value) }
        }
        return HTTPRequestHead(version: version, method: .GET, uri: "/chat", headers: headers)
    }

    @Test func theExampleOfTheRFCIsAccepted() throws {
        #expect(try WebSocketHandshake.accept(self.head()) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(arguments: [
        ("Upgrade", "WebSocket"), ("Upgrade", "foo, WEBSOCKET"), ("Connection", "keep-alive, Upgrade"), ("Connection", "upgrade"),
    ])
    func tokensAreFoundInAnyCaseAndPlace(name: String, value: String) throws {
        #expect(try WebSocketHandshake.accept(self.head([(name, value)])) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(
        arguments: [
            ("Upgrade", nil), ("Upgrade", "websockets"), ("Upgrade", "websoc\u{212A}et"), ("Connection", nil), ("Connection", "close"),
        ] as [(String, String?)])
    func whoDoesNotAskIsToldTo(name: String, value: String?) {
        let problem = #expect(throws: Problem.self) { try WebSocketHandshake.accept(self.head([(name, value)])) }
        #expect(problem?.status == 426)
        #expect(problem?.fields.contains(.init("Upgrade", "websocket")) == true)
    }

    @Test(
        arguments: [
            ("Sec-WebSocket-Version", nil), ("Sec-WebSocket-Version", "8"), ("Sec-WebSocket-Version", "13, 8"), ("Sec-WebSocket-Key", nil),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ=="),
        ] as [(String, String?)])
    func aWrongHandshakeIsRefused(name: String, value: String?) {
        let problem = #expect(throws: Problem.self) { try WebSocketHandshake.accept(self.head([(name, value)])) }
        #expect(problem?.status == 400)
        #expect(problem?.closes == true)
    }

    @Test func thereIsNoBody() throws {
        for (name, value) in [("Content-Length", "1"), ("Transfer-Encoding", "chunked")] {
            let problem = #expect(throws: Problem.self) { try WebSocketHandshake.accept(self.head([(name, value)])) }
            #expect(problem?.status == 400 && problem?.closes == true)
        }
        #expect(try WebSocketHandshake.accept(self.head([("Content-Length", "0")])) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test func keysAndVersionsComeOnce() {
        for (name, value) in [("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13")] {
            var head = self.head()
            head.headers.add(name: name, value: value)
            #expect(throws: Problem.self) { try WebSocketHandshake.accept(head) }
        }
    }

    @Test func oldHTTPCannotUpgrade() {
        let problem = #expect(throws: Problem.self) { try WebSocketHandshake.accept(self.head(version: .http1_0)) }
        #expect(problem?.status == 400)
    }
}
