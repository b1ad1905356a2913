import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// What the conformance suite talks to: messages come back, and nothing else is different.
@Suite struct EchoTests {
    @Test func noServerEchoesUnlessTold() {
        #expect(!WebSocketSettings(heartbeat: .seconds(20), maxMessage: 1, logsFullAddresses: false).echoes)
    }

    @Test func everyMessageComesBackAsItWas() throws {
        let client = try ServerRig(echoes: true).connect(.a)
        let long = [UInt8](repeating: 0xFE, count: 70_000)
        try client.send(
            .text("no JSON"), .text(""), ClientFrame(.binary, [0xFF, 0]), ClientFrame(.text, text: "hal", isFinal: false),
            ClientFrame(.ping, [7]),
            ClientFrame(.continuation, text: "lo"), ClientFrame(.binary, long))
        #expect(
            try client.received() == [
                .text("no JSON"), .text(""), ReceivedFrame(.binary, [0xFF, 0]), ReceivedFrame(.pong, [7]), .text("hallo"),
                ReceivedFrame(.binary, long),
            ])
        try client.send(ClientFrame(.text, [0xFF]))
        #expect(try client.received() == [.close(1007, "not UTF-8")])
    }

    @Test func aClientThatDoesNotReadIsNotReadFrom() throws {
        let client = try ServerRig(echoes: true).connect(.a)
        client.setWritable(false)
        let reads = client.reads
        try client.send(ClientFrame(.binary, [UInt8](repeating: 1, count: Outbox.congestionMark + 1)))
        client.askToRead()
        #expect(client.reads == reads)
        client.setWritable(true)
        #expect(try client.received().count == 1)
        #expect(client.reads == reads + 1)
    }
}
