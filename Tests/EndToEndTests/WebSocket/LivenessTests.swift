import ServerConfiguration
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

/// Pings, and connections that do not answer them.
@Suite struct LivenessTests {
    @Test func aSilentConnectionIsDropped() async throws {
        try await withServer {
            $0.heartbeat = .milliseconds(400)
        } _: { server in
            let room = randomRoom()
            let silent = try await server.join(room, "A")
            #expect(try await silent.nextFrame().opcode == .ping)
            var frame = try await silent.nextFrame()
            while frame.opcode == .ping { frame = try await silent.nextFrame() }
            #expect(frame.opcode == .close)
            #expect(frame.closeCode == 4002)
            try await silent.socket.readToEnd()
            // The client can see the end before the loop has counted it.
            try await eventually("the end is counted") { try await server.metrics()[#"nt_ws_closed_total{code="4002"}"#] == 1 }
            #expect(try await server.metrics()["nt_peers_active"] == 0)
        }
    }

    @Test func aConnectionThatAnswersStaysAndIsMeasured() async throws {
        try await withServer {
            // Twice as long is what this client has to respond in, beside all other tests and under ThreadSanitizer.
            $0.heartbeat = .seconds(5)
        } _: { server in
            let a = try await server.join(randomRoom(), "A")
            for _ in 0..<3 {
                let ping = try await a.nextPing()
                #expect(ping.payload.count <= 125)
                try await a.sendPong(to: ping)
            }
            try await eventually("three round trips") { try await server.metrics()["nt_ws_rtt_seconds_count"] >= 3 }
            #expect(!a.socket.hasEnded)
        }
    }

    @Test func pongsNobodyAskedForAreNotMeasured() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            try await a.send([ClientFrame(.pong, text: "12345678"), ClientFrame(.pong, text: "")])
            try await a.send(#"{"type":"ice"}"#)
            #expect(try await b.nextText() == #"{"type":"ice"}"#)
            let metrics = try await server.metrics()
            #expect(metrics[#"nt_ws_messages_total{type="pong"}"#] == 2)
            #expect(metrics["nt_ws_rtt_seconds_count"] == 0)
        }
    }

    @Test func pingsAreAnsweredWithTheirPayload() async throws {
        try await withServer { server in
            let a = try await server.join(randomRoom(), "A")
            for payload in ["", "x", String(repeating: "p", count: 125)] {
                try await a.send(ClientFrame(.ping, text: payload))
                let pong = try await a.nextFrame()
                #expect(pong.opcode == .pong && pong.text == payload)
            }
        }
    }
}
