import NIOCore
import ServerConfiguration
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing

/// `GET /ws`, up to the moment the connection is a WebSocket.
@Suite struct UpgradeTests {
    private static func headers(_ changes: [String: String?] = [:]) -> [(String, String)] {
        WebSocketClient.upgradeHeaders.compactMap { name, value in
            guard let change = changes[name] else { return (name, value) }
            return change.map { (name, $0) }
        }
    }

    @Test(arguments: [
        [:], ["Upgrade": "WebSocket"], ["Connection": "keep-alive, upgrade"], ["Connection": "UPGRADE"], ["Upgrade": "h2c, websocket"],
    ])
    func theHandshakeIsAccepted(changes: [String: String]) async throws {
        try await withServer { server in
            let client = try await server.connect()
            let reply = try await client.request(
                HTTPAsk("GET", "/ws?appID=\(randomRoom())&side=A", headers: Self.headers(changes.mapValues { $0 })))
            #expect(reply.status == 101)
            #expect(reply["Upgrade"]?.lowercased() == "websocket")
            #expect(reply["Connection"]?.lowercased() == "upgrade")
            #expect(reply["Sec-WebSocket-Accept"] == WebSocketClient.upgradeAccept)
            // Nothing was asked for that the server could agree to.
            #expect(reply["Sec-WebSocket-Extensions"] == nil && reply["Sec-WebSocket-Protocol"] == nil)
        }
    }

    @Test(
        arguments: [
            ["Upgrade": nil, "Connection": nil], ["Upgrade": "h2c"], ["Connection": "keep-alive"], ["Upgrade": "websocket2"],
        ] as [[String: String?]])
    func withoutAnUpgradeTheClientIsToldToAskForOne(changes: [String: String?]) async throws {
        try await withServer { server in
            let reply = try await server.request(
                HTTPAsk("GET", "/ws?appID=\(randomRoom())&side=A", headers: Self.headers(changes)))
            #expect(reply.isProblem(426))
            #expect(reply["Upgrade"] == "websocket")
        }
    }

    @Test(
        arguments: [
            ["Sec-WebSocket-Version": "12"], ["Sec-WebSocket-Version": nil], ["Sec-WebSocket-Key": nil], ["Sec-WebSocket-Key": "short"],
            ["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ"], ["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZSEh"],
        ] as [[String: String?]])
    func aWrongHandshakeIsRefused(changes: [String: String?]) async throws {
        try await withServer { server in
            let reply = try await server.request(
                HTTPAsk("GET", "/ws?appID=\(randomRoom())&side=A", headers: Self.headers(changes)))
            #expect(reply.isProblem(400))
            if changes.keys.contains("Sec-WebSocket-Version") { #expect(reply["Sec-WebSocket-Version"] == "13") }
        }
    }

    @Test(arguments: [
        "/ws", "/ws?side=A", "/ws?appID=&side=A", "/ws?appID=42&side=A", "/ws?appID=0123456789abcdef0123456789abcdef&side=A",
        "/ws?appID={01234567-89ab-cdef-0123-456789abcdef}&side=A", "/ws?appID=urn:uuid:01234567-89ab-cdef-0123-456789abcdef&side=A",
        "/ws?appID=01234567-89ab-cdef-0123-456789abcdeg&side=A", "/ws?appID=01234567-89ab-cdef-01234-56789abcdef&side=A",
        "/ws?appID=01234567-89ab-cdef-0123-456789abcdef", "/ws?appID=01234567-89ab-cdef-0123-456789abcdef&side=",
        "/ws?appID=01234567-89ab-cdef-0123-456789abcdef&side=C", "/ws?appID=01234567-89ab-cdef-0123-456789abcdef&side=AB",
        "/ws?appID=01234567-89ab-cdef-0123-456789abcdef&side=A&sid=%zz", "/ws?appID=01234567-89ab-cdef-0123-456789abcdef&side=A&sid=%ff",
        "/ws?appID=01234567-89ab-cdef-0123-456789abcdef&side=A&sid=" + String(repeating: "x", count: 257),
    ])
    func wrongParametersAreRefused(target: String) async throws {
        try await withServer { server async throws in
            #expect(try await server.get(target, WebSocketClient.upgradeHeaders).isProblem(400))
            #expect(server.counts.wsConnections == 0)
        }
    }

    @Test func upperAndLowerCaseNameTheSameRoom() async throws {
        try await withServer { server in
            let room = randomRoom()
            let a = try await server.join(room.uppercased(), "A")
            let b = try await server.join(room, "B")
            #expect(try await a.nextText() == roomFull)
            #expect(try await b.nextText() == roomFull)
        }
    }

    /// Proxies reuse connections, so any request of one may be the upgrade.
    @Test func aLaterRequestOfAConnectionMayUpgrade() async throws {
        try await withServer { server in
            let room = randomRoom()
            let client = try await server.connect()
            for _ in 0..<3 { #expect(try await client.request(HTTPAsk("GET", "/healthz")).status == 200) }
            #expect(try await client.request(HTTPAsk("POST", "/rendezvous/code")).status == 200)
            let a = try await WebSocketClient.open(on: client, room: room, side: "A")
            _ = try await server.join(room, "B")
            #expect(try await a.nextText() == roomFull)
        }
    }

    /// A client may send frames before it has read the answer; a pipelined request may stand before the upgrade.
    @Test func framesRightBehindTheRequestAreRead() async throws {
        try await withServer { server in
            let room = randomRoom()
            let b = try await server.join(room, "B")
            let client = try await server.connect()
            var bytes = ByteBuffer(string: HTTPAsk("GET", "/healthz").text + WebSocketClient.upgradeAsk(room: room, side: "A").text)
            for number in 0..<3 { bytes.writeBytes(ClientFrame.text(#"{"type":"ice","n":\#(number)}"#).bytes) }
            try await client.send(bytes)
            #expect(try await client.reply().status == 200)
            #expect(try await client.reply().status == 101)
            #expect(try await b.nextText() == roomFull)
            for number in 0..<3 { #expect(try await b.nextText() == #"{"type":"ice","n":\#(number)}"#) }
            #expect(try await WebSocketClient(client).nextText() == roomFull)
        }
    }

    /// The first bytes of a frame may come with the request and the rest later.
    @Test(arguments: [1, 2, 5, 7])
    func aFrameMayBeCutByTheEndOfTheFirstRead(length: Int) async throws {
        try await withServer { server in
            let room = randomRoom()
            let b = try await server.join(room, "B")
            let client = try await server.connect()
            let frame = ClientFrame.text(#"{"type":"offer"}"#).bytes
            var bytes = ByteBuffer(string: WebSocketClient.upgradeAsk(room: room, side: "A").text)
            bytes.writeBytes(frame.prefix(length))
            try await client.send(bytes)
            #expect(try await client.reply().status == 101)
            try await client.send(ByteBuffer(bytes: frame.dropFirst(length)))
            #expect(try await b.nextText() == roomFull)
            #expect(try await b.nextText() == #"{"type":"offer"}"#)
        }
    }

    @Test func aFullServerSaysSoAndServesOn() async throws {
        try await withServer {
            $0.maxConnections = 2
        } _: { server in
            let (a, _) = try await server.pair()
            let ask = WebSocketClient.upgradeAsk(room: randomRoom(), side: "A")
            let refused = try await server.request(ask)
            #expect(refused.isProblem(503))
            #expect(refused["Retry-After"] != nil)
            #expect(try await server.get("/healthz").status == 200)
            try await a.close()
            try await eventually("there is room again") { try await server.request(ask).status == 101 }
        }
    }
}
