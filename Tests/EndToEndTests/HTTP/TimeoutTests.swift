import NIOCore
import ServerConfiguration
import SignalingTestKit
import Testing

/// Clients that do not finish what they began.
@Suite struct TimeoutTests {
    /// Enough for a client on a busy machine to send what it begins with.
    private static let timeout = Duration.seconds(1)

    @Test func aClientThatSaysNothingIsCutOff() async throws {
        try await withServer {
            $0.readHeaderTimeout = .milliseconds(150)
        } _: { server in
            let client = try await server.connect()
            #expect(try await client.readToEnd().readableBytes == 0)
        }
    }

    @Test(arguments: [
        "G", "GET /healthz HTTP/1.1\r\nHost: x\r\n", "POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{\"tt",
        "POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    ])
    func halfARequestIsCutOff(text: String) async throws {
        try await withServer {
            $0.readHeaderTimeout = Self.timeout
        } _: { server in
            let client = try await server.connect()
            try await client.send(text)
            #expect(try await client.reply().isProblem(408))
            try await client.readToEnd()
        }
    }

    /// Bytes that trickle in do not buy time.
    @Test(arguments: ["X-Slow: ", "Content-Length: 4000\r\n\r\n"])
    func aRequestThatTricklesIsCutOff(start: String) async throws {
        try await withServer {
            $0.readHeaderTimeout = Self.timeout
        } _: { server in
            let client = try await server.connect()
            try await client.send("POST /rendezvous/code HTTP/1.1\r\nHost: x\r\n" + start)
            try await eventually("the server ends the connection") {
                if client.unreadBytes == 0 { try? await client.send(" ") }
                return client.hasEnded
            }
            #expect(try await client.reply().status == 408)
        }
    }

    @Test func anIdleConnectionIsClosedWithoutAWord() async throws {
        try await withServer {
            $0.idleTimeout = .milliseconds(150)
        } _: { server in
            let client = try await server.connect()
            #expect(try await client.request(HTTPAsk("GET", "/healthz")).status == 200)
            #expect(try await client.readToEnd().readableBytes == 0)
        }
    }

    /// Neither timeout is for WebSockets, which have their heartbeat.
    @Test func aWebSocketMayBeQuietForLonger() async throws {
        try await withServer {
            $0.idleTimeout = Self.timeout
            $0.readHeaderTimeout = Self.timeout
        } _: { server in
            let (a, b) = try await server.pair()
            // The silent connection is what shows that the timeouts have passed.
            let silent = try await server.connect()
            try await silent.readToEnd()
            try await a.send(#"{"type":"ice","n":1}"#)
            #expect(try await b.nextText() == #"{"type":"ice","n":1}"#)
        }
    }
}
