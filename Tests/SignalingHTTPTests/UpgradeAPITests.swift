import ByteStreams
import HTTPServer
import MetricsCore
import NIOCore
import NetworkAddresses
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// What each decision of `Admission` becomes on the wire, and how requests are read.
@Suite struct UpgradeAPITests {
    private static let room = "01234567-89ab-cdef-0123-456789abcdef"

    // MARK: - Who is admitted

    @Test(
        arguments: [
            ("side=A", Side.a, nil), ("side=B", .b, nil), ("side=A&sid=s%201+2", .a, "s 1 2"), ("sid=&side=A", .a, ""),
            ("side=%41", .a, nil), ("side=A&sid=" + String(repeating: "x", count: 256), .a, String(repeating: "x", count: 256)),
        ] as [(String, Side, String?)])
    func whatWasAskedForReachesTheWebSocket(query: String, side: Side, sid: String?) throws {
        let made = Made()
        let rig = APIRig { $0.makeWebSocket = made.make }
        let stream = rig.connect(from: .v4(0xC000_0207))
        stream.receive(
            ByteBuffer(
                string: HTTPAsk("GET", "/ws?appID=\(Self.room)&\(query)", headers: WebSocketClient.upgradeHeaders).text + "frames"))
        let output = String(buffer: stream.takeSent())
        #expect(
            output
                == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(WebSocketClient.upgradeAccept)\r\n\r\n")
        let request = try #require(made.request)
        #expect(request.room.text == Self.room && request.side == side && request.sid == sid && request.client == .v4(0xC000_0207))
        #expect(made.received == ByteBuffer(string: "frames"))
        #expect(rig.count("/ws", .switchingProtocols) == 1)
    }

    @Test(arguments: [
        ("", "appID must be a UUID"), ("?side=A", "appID must be a UUID"), ("?appID=&side=A", "appID must be a UUID"),
        ("?appID=%zz&side=A", "appID must be a UUID"), ("?appID=42&side=A", "appID must be a UUID"),
        ("?appID=\(UpgradeAPITests.room)", "side must be A or B"), ("?appID=\(UpgradeAPITests.room)&side=b", "side must be A or B"),
        ("?appID=\(UpgradeAPITests.room)&side=%ff", "side must be A or B"),
        ("?appID=\(UpgradeAPITests.room)&side=A&sid=%ff", "sid must be UTF-8 text of at most 256 bytes"),
        ("?appID=\(UpgradeAPITests.room)&side=A&sid=" + String(repeating: "x", count: 257), "sid must be UTF-8 text"),
    ])
    func wrongParametersAreRefused(query: String, detail: String) throws {
        let rig = APIRig()
        let reply = try rig.send(HTTPAsk("GET", "/ws" + query, headers: WebSocketClient.upgradeHeaders))
        #expect(reply.isProblem(400, detail) && reply["Connection"] == "close")
        #expect(rig.signaling.admission.open == 0 && rig.count("/ws", .badRequest) == 1)
    }

    // MARK: - Places

    @Test func aWebSocketTakesAPlaceAndGivesItBack() throws {
        let rig = APIRig { $0.maxWebSockets = 1 }
        let ask = WebSocketClient.upgradeAsk(room: Self.room, side: "A")
        let stream = rig.connect()
        stream.receive(ByteBuffer(string: ask.text))
        #expect(rig.signaling.admission.open == 1)
        let full = try rig.send(ask)
        #expect(full.isProblem(503, "the server has as many connections as it may; try again later") && full["Retry-After"] == "10")
        #expect(rig.signaling.admission.open == 1)
        stream.end(.reset)
        #expect(rig.signaling.admission.open == 0)
        #expect(rig.text(ask).hasPrefix("HTTP/1.1 101 "))
        #expect(rig.count("/ws", .serviceUnavailable) == 1 && rig.count("/ws", .switchingProtocols) == 2)
    }

    // MARK: - Refusals, and which comes first

    /// A request against which everything speaks is told one thing after the other, each time when the one before is mended.
    @Test func oneReasonComesAfterTheOther() throws {
        let rig = APIRig {
            $0.limits.wsPerMinute = 1
            $0.maxWebSockets = 1
            $0.cors = CORSPolicy(dev: false, allowed: ["app.example"])
        }
        let holder = rig.connect(from: .v4(1))
        holder.receive(ByteBuffer(string: WebSocketClient.upgradeAsk(room: Self.room, side: "B").text))
        rig.signaling.phase.value = .draining
        var (version, origin, query) = ("8", "https://evil.example", "appID=1&side=C&sid=%zz")
        func ask() throws -> HTTPReply {
            let headers = WebSocketClient.upgradeHeaders.map { ($0.0, $0.0 == "Sec-WebSocket-Version" ? version : $0.1) }
            return try rig.send(HTTPAsk("GET", "/ws?\(query)", headers: headers + [("Origin", origin)]))
        }
        /// As `ask`, when the client may ask again.
        func askLater() throws -> HTTPReply {
            rig.clock.advance(by: .seconds(60))
            return try ask()
        }
        let wrongVersion = try ask()
        #expect(wrongVersion.isProblem(400, "Sec-WebSocket-Version must be 13") && wrongVersion["Sec-WebSocket-Version"] == "13")
        let tooMany = try ask()
        #expect(tooMany.isProblem(429, "too many connections from your address; wait before the next") && tooMany["Retry-After"] == "60")
        version = "13"
        #expect(try askLater().isProblem(403, "pages of this origin may not connect"))
        origin = "https://app.example"
        #expect(try askLater().isProblem(400, "appID must be a UUID"))
        query = "appID=\(Self.room)&side=C&sid=%zz"
        #expect(try askLater().isProblem(400, "side must be A or B"))
        query = "appID=\(Self.room)&side=A&sid=%zz"
        #expect(try askLater().isProblem(400, "sid must be UTF-8"))
        query = "appID=\(Self.room)&side=A"
        let draining = try askLater()
        #expect(draining.isProblem(503, "the server is shutting down; connect again") && draining["Retry-After"] == "1")
        rig.signaling.phase.value = .ready
        #expect(try askLater().isProblem(503, "the server has as many connections as it may"))
        holder.end(.reset)
        #expect(try askLater().status == 101)
        #expect(rig.signaling.metrics.counts.rateLimited[.ws] == 1)
    }

    /// A browser does not tell a page why its upgrade failed. One that asks again without an upgrade learns the reason; where there is
    /// none, that it should have asked for one.
    @Test func aQuestionIsToldTheSameReasons() throws {
        let rig = APIRig {
            $0.limits.wsPerMinute = 1
            $0.maxWebSockets = 1
            $0.cors = CORSPolicy(dev: false, allowed: ["app.example"])
        }
        var (origin, query) = ("https://evil.example", "?appID=1&side=A")
        func ask() throws -> HTTPReply {
            rig.clock.advance(by: .seconds(60))
            let reply = try rig.send(HTTPAsk("GET", "/ws" + query, headers: [("Origin", origin)]))
            // A page has to be able to read it, and may ask for something else afterwards.
            #expect((reply["Access-Control-Allow-Origin"] == origin) == (origin == "https://app.example"))
            return reply
        }
        #expect(try ask().isProblem(403, "pages of this origin may not connect"))
        origin = "https://app.example"
        #expect(try ask().isProblem(400, "appID must be a UUID"))
        query = ""
        #expect(try ask().isProblem(426, "ask for it with Upgrade: websocket"))
        query = "?appID=\(Self.room)&side=A"
        let required = try ask()
        #expect(required.isProblem(426, "ask for it with Upgrade: websocket"))
        #expect(required["Upgrade"] == "websocket" && required.values("Connection") == ["Upgrade"])
        #expect(try rig.send(HTTPAsk("GET", "/ws" + query, headers: [("Origin", origin)])).status == 429)
        rig.signaling.phase.value = .draining
        #expect(try ask().isProblem(503, "the server is shutting down; connect again"))
        rig.signaling.phase.value = .ready
        rig.connect(from: .v4(1)).receive(ByteBuffer(string: WebSocketClient.upgradeAsk(room: Self.room, side: "B").text))
        #expect(rig.signaling.admission.open == 1)
        #expect(try ask().isProblem(503, "the server has as many connections as it may"))
        #expect(rig.signaling.admission.open == 1)
    }

    @Test func twoOriginsAreNone() throws {
        let rig = APIRig { $0.cors = CORSPolicy(dev: false, allowed: ["app.example"]) }
        let both = [("Origin", "https://app.example"), ("Origin", "https://app.example")]
        #expect(try rig.send(WebSocketClient.upgradeAsk(room: Self.room, side: "A", headers: both)).status == 403)
        #expect(try rig.send(WebSocketClient.upgradeAsk(room: Self.room, side: "A", headers: [both[0]])).status == 101)
    }
}

/// Stands in for the WebSocket connection and keeps what reaches it. `@unchecked Sendable`: all of it is used by one thread, the test's.
final class Made: @unchecked Sendable {
    private(set) var request: ConnectionRequest?
    fileprivate(set) var received = ByteBuffer()

    @Sendable func make(_ request: ConnectionRequest, _ context: LoopContext) -> any StreamDriver {
        self.request = request
        return Driver(self)
    }

    private final class Driver: StreamDriver {
        private let made: Made

        init(_ made: Made) { self.made = made }

        func opened(on stream: any ByteStream) { stream.flush() }
        func received(_ bytes: ByteBuffer) { self.made.received.writeImmutableBuffer(bytes) }
        func readCompleted() {}
        func becameWritable() {}
        let outlivesInput = false
        func ended(_ error: (any Error)?) {}
    }
}
