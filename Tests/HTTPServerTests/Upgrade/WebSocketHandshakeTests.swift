import NIOCore
import Testing

@testable import HTTPServer

@Suite struct WebSocketHandshakeTests {
    /// RFC 6455 section 1.3's example, changed by `changes`.
    private func accept(_ changes: [(String, String?)] = [], and further: [(String, String)] = [], version: String = "1.1") throws -> String
    {
        var fields: [(String, String)] = [
            ("Host", "server.example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13"),
        ]
        for (name, value) in changes {
            fields.removeAll { $0.0 == name }
            if let value { fields.append((name, value)) }
        }
        let head = try #require(try RequestHead.read("GET", "/chat", fields + further, version: version))
        var buffer = ByteBuffer()
        Base64.write(try WebSocketHandshake.accept(head).digest, into: &buffer)
        return String(buffer: buffer)
    }

    @Test func theExampleOfTheRFCIsAccepted() throws {
        #expect(try self.accept() == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(arguments: [
        ("Upgrade", "WebSocket"), ("Upgrade", "foo, WEBSOCKET"), ("Connection", "keep-alive, Upgrade"), ("Connection", "upgrade"),
    ])
    func tokensAreFoundInAnyCaseAndPlace(name: String, value: String) throws {
        #expect(try self.accept([(name, value)]) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(
        arguments: [
            ("Upgrade", nil), ("Upgrade", "websockets"), ("Upgrade", "websoc\u{212A}et"), ("Connection", nil), ("Connection", "close"),
        ] as [(String, String?)])
    func whoDoesNotAskIsToldTo(name: String, value: String?) {
        let problem = #expect(throws: Problem.self) { try self.accept([(name, value)]) }
        #expect(problem?.status == .upgradeRequired)
        #expect(problem?.fields.contains(.init("Upgrade", "websocket")) == true)
    }

    @Test(
        arguments: [
            ("Sec-WebSocket-Version", nil), ("Sec-WebSocket-Version", "8"), ("Sec-WebSocket-Version", "13, 8"), ("Sec-WebSocket-Key", nil),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ=="),
        ] as [(String, String?)])
    func aWrongHandshakeIsRefused(name: String, value: String?) {
        let problem = #expect(throws: Problem.self) { try self.accept([(name, value)]) }
        #expect(problem?.status == .badRequest)
        #expect(problem?.closes == true)
    }

    @Test func thereIsNoBody() throws {
        for (name, value) in [("Content-Length", "1"), ("Transfer-Encoding", "chunked")] {
            let problem = #expect(throws: Problem.self) { try self.accept([(name, value)]) }
            #expect(problem?.status == .badRequest && problem?.closes == true)
        }
        #expect(try self.accept([("Content-Length", "0")]) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test func keysAndVersionsComeOnce() {
        for (name, value) in [("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13")] {
            #expect(throws: Problem.self) { try self.accept(and: [(name, value)]) }
        }
    }

    @Test func oldHTTPCannotUpgrade() {
        let problem = #expect(throws: Problem.self) { try self.accept(version: "1.0") }
        #expect(problem?.status == .badRequest)
    }
}
