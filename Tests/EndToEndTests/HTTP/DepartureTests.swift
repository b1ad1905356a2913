import NIOCore
import SignalingRuntime
import SignalingTestKit
import Testing

/// Clients that leave in the middle: nothing of them stays.
@Suite struct DepartureTests {
    private static let post = "POST /rendezvous/code HTTP/1.1\r\nHost: x\r\n"

    /// Where a client may be when it leaves.
    private static let stages = [
        "", "\r\n", "POS", "POST /rendezvous/code HTTP/1.1\r\nHost: x", post + "Content-Length: 10\r\n\r\n",
        post + "Content-Length: 10\r\n\r\n{\"ttl\"", post + "Transfer-Encoding: chunked\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\n5",
        post + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"t", post + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n",
        post + "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n", post + "Content-Length: 5000\r\n\r\n", "GET /healthz HTTP/9\r\n",
        HTTPAsk("GET", "/healthz").text + "GET /hea",
        WebSocketClient.upgradeAsk(room: randomRoom(), side: "A").text,
        WebSocketClient.upgradeAsk(room: randomRoom(), side: "A").text + "\u{1}",
    ]

    private enum Departure: CaseIterable { case endOfSending, close, reset }

    @Test func nobodyWhoLeftIsStillCounted() async throws {
        try await withServer { server in
            for departure in Departure.allCases {
                for stage in Self.stages {
                    let client = try await server.connect()
                    if !stage.isEmpty { try await client.send(stage) }
                    switch departure {
                    case .endOfSending: try? await client.endSending()
                    case .close: client.close()
                    case .reset: try? await client.reset()
                    }
                }
                try await eventually("the server has let go of everybody (\(departure))") {
                    server.openConnections == 0 && server.signaling.admission.open == 0
                }
                // Some may have waited for being accepted when the others had gone. The page counts whoever asks for it.
                try await eventually("nobody is counted but who asks (\(departure))") {
                    let page = try await server.metrics()
                    return page["nt_connections_open"] == 1 && page["nt_peers_active"] == 0
                }
            }
            try await eventually("no room is left") { server.signaling.rooms.totals.snapshot.rooms == 0 }
        }
    }

    /// What was asked for in full is answered, also to somebody who will say nothing more.
    @Test func aWholeRequestIsAnsweredThoughNothingFollows() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(HTTPAsk("GET", "/healthz").text + HTTPAsk("GET", "/readyz").text)
            try await client.endSending()
            #expect(try await client.reply().body == #"{"ok":true}"#)
            #expect(try await client.reply().body == #"{"ready":true}"#)
            #expect(try await client.readToEnd().readableBytes == 0)
        }
    }

    /// A code that nobody reads was minted all the same, and expires; its client's descriptor does not wait for that.
    @Test func answersToThePastAreDropped() async throws {
        try await withServer { server in
            for _ in 0..<20 {
                let client = try await server.connect()
                try await client.send(HTTPAsk("POST", "/rendezvous/code").text)
                try await client.reset()
            }
            try await eventually("all are gone") { server.openConnections == 0 }
            #expect(try await server.get("/healthz").status == 200)
        }
    }
}
