import Logging
import NIOCore
import NetworkAddresses
import ServerApp
import ServerConfiguration
import SignalingTestKit
import Testing

/// STUN beside everything else: what clients get, and what operators see.
@Suite struct STUNTests {
    /// Free a moment ago.
    private static func freePort() throws -> Int { try DatagramClient(at: "127.0.0.1").port }

    private static func mapped(_ client: DatagramClient, at port: Int) async throws -> STUNReply? {
        STUNReply(try await client.response(to: STUNBytes.message(), at: SocketAddress(ipAddress: "127.0.0.1", port: port)))
    }

    @Test func aClientLearnsItsAddress() async throws {
        let port = try Self.freePort()
        try await withServer {
            $0.stunPort = port
        } _: { server in
            let client = try DatagramClient(at: "127.0.0.1")
            let reply = try await Self.mapped(client, at: port)
            #expect(reply?.mapped == .v4(0x7f00_0001) && reply?.port == UInt16(client.port))
            client.send([1, 2, 3], to: try SocketAddress(ipAddress: "127.0.0.1", port: port))
            try await eventually("both are counted") {
                let metrics = try await server.metrics()
                return metrics[#"nt_stun_requests_total{result="answered"}"#] >= 1
                    && metrics[#"nt_stun_requests_total{result="malformed"}"#] == 1
            }
            let metrics = try await server.metrics()
            let answered = metrics[#"nt_stun_requests_total{result="answered"}"#]
            #expect(metrics[#"nt_stun_bytes_total{dir="in"}"#] == 20 * answered + 3)
            #expect(metrics[#"nt_stun_bytes_total{dir="out"}"#] == 40 * answered)
            #expect(server.log.lines("listening").first?.metadata["stun_port"] == "\(port)")
            #expect(server.server.stunPort == port)
        }
        // The port is free again.
        _ = try DatagramClient(at: "127.0.0.1", port: port)
    }

    @Test func withoutAPortThereIsNone() async throws {
        try await withServer { server in
            #expect(server.server.stunPort == nil)
            #expect(server.log.lines("listening").first?.metadata["stun_port"] == nil)
            let series = try await server.metrics().series
            #expect(series.allSatisfy { !$0.hasPrefix("nt_stun") })
        }
    }

    /// Signaling goes on where another server has the port, as one that relays would.
    @Test func aPortThatIsTakenEndsNothing() async throws {
        let other = try DatagramClient(at: "127.0.0.1")
        try await withServer {
            $0.stunPort = other.port
        } _: { server in
            #expect(server.server.stunPort == nil)
            let warnings = server.log.lines.filter { $0.level == .warning }
            #expect(warnings.count == 1 && warnings.first?.message.contains("set STUN_PORT") == true)
            let ready = try await server.get("/readyz")
            let metrics = try await server.metrics()
            #expect(ready.status == 200 && metrics[#"nt_stun_requests_total{result="answered"}"#] == 0)
        }
    }

    /// Frames of a pair come in order and whole while requests come as fast as they can be sent.
    @Test func aFloodDisturbsNobody() async throws {
        let port = try Self.freePort()
        try await withServer {
            $0.stunPort = port
        } _: { server in
            let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
            let flood = try DatagramClient(at: "127.0.0.1")
            let pair = try await server.pair()
            for number in 0..<200 {
                for _ in 0..<100 { flood.send(STUNBytes.message(), to: address) }
                let frame = #"{"type":"ice","n":\#(number)}"#
                try await pair.a.send(frame)
                #expect(try await pair.b.nextText() == frame)
            }
            let metrics = try await server.metrics()
            #expect(metrics[#"nt_stun_requests_total{result="limited"}"#] > 0)
            #expect(metrics[#"nt_stun_requests_total{result="answered"}"#] > 0)
        }
    }

    /// The next server has the port when it is ready, and the one before names it all the while.
    @Test func theNextServerTakesThePortOver() async throws {
        let port = try Self.freePort()
        try await HandoverFolder.use { folder in
            let first = try await folder.start { $0.stunPort = port }
            let client = try DatagramClient(at: "127.0.0.1")
            #expect(try await Self.mapped(client, at: port) != nil)
            let second = try await folder.start(port: first.port) { $0.stunPort = port }
            #expect(first.server.stunPort == port && second.server.stunPort == port)
            #expect(!second.log.lines.contains { $0.level == .warning })
            #expect(second.log.lines("listening").first?.metadata["stun_port"] == "\(port)")
            #expect(try await Self.mapped(client, at: port) != nil)
            try await first.waitForEnd()
        }
    }
}
