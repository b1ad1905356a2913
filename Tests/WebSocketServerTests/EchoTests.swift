import SignalingTestKit
import Testing
import WebSocketCore
import WebSocketServer

/// A sink that knows nothing of rooms: messages come back, whole and in order.
@Suite struct EchoTests {
    @Test func everyMessageComesBackAsItWas() throws {
        let client = EndpointRig().connect(EchoSink())
        let long = [UInt8](repeating: 0xFE, count: 70_000)
        client.send(
            .text("no JSON"), .text(""), ClientFrame(.binary, [0xFF, 0]), ClientFrame(.text, text: "hal", isFinal: false),
            ClientFrame(.ping, [7]),
            ClientFrame(.continuation, text: "lo"), ClientFrame(.binary, long))
        #expect(
            try client.received() == [
                .text("no JSON"), .text(""), ReceivedFrame(.binary, [0xFF, 0]), ReceivedFrame(.pong, [7]), .text("hallo"),
                ReceivedFrame(.binary, long),
            ])
        client.send(ClientFrame(.text, [0xFF]))
        #expect(try client.received() == [.close(1007, "not UTF-8")])
    }

    @Test func aClientThatDoesNotReadIsNotReadFrom() throws {
        let client = EndpointRig().connect(EchoSink())
        client.setWritable(false)
        #expect(client.isReadFrom)
        client.send(ClientFrame(.binary, [UInt8](repeating: 1, count: Outbox.congestionMark + 1)))
        #expect(!client.isReadFrom)
        client.send(.text("later"))
        client.setWritable(true)
        #expect(client.isReadFrom)
        #expect(try client.received().count == 2)
    }
}
