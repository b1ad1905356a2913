import NIOCore
import SignalingTestKit
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// From bytes to what the sink is told.
@Suite struct MessageTests {
    @Test func messagesComeOneByOneAndControlFramesBetweenThem() throws {
        let sink = TestSink()
        let client = EndpointRig().connect(sink)
        client.send(
            .text("one"), ClientFrame(.ping, [1]), ClientFrame(.binary, [2]), ClientFrame(.text, text: "thr", isFinal: false),
            ClientFrame(.pong), ClientFrame(.continuation, text: "ee"), .close(1000))
        #expect(
            sink.calls == [
                .opened, .text("one"), .interruption, .message(.binary, [2]), .interruption, .text("three"), .interruption, .closes,
                .ended(1000),
            ])
        #expect(sink.events == ["opened", "ping", "pong", "close"])
        #expect(try client.received() == [ReceivedFrame(.pong, [1]), .close(1000, "")])
    }

    /// What the messages before it lead to comes before what a control frame leads to.
    @Test func theSinkHasItsTurnBeforeTheResponseToAControlFrame() throws {
        var isGathered = false
        let sink = TestSink { call, connection in
            switch call {
            case .message: isGathered = true
            case .interruption where isGathered:
                isGathered = false
                connection.enqueue { WebSocketFrame.write(.text, payload: .init(string: "gathered"), into: &$0) }
            default: break
            }
        }
        let client = EndpointRig().connect(sink)
        client.send(.text("a"), .text("b"), ClientFrame(.ping, [1]), .text("c"), .close(1000))
        #expect(
            try client.received() == [.text("gathered"), ReceivedFrame(.pong, [1]), .text("gathered"), .close(1000, "")])
    }

    @Test func inputMayBeCutAnywhere() throws {
        let frames: [ClientFrame] = [
            .text("ä"), ClientFrame(.ping, [7]), ClientFrame(.binary, [0xFF], isFinal: false), ClientFrame(.pong, [1]),
            ClientFrame(.continuation, [0xFE]), .text(""), .close(1000),
        ]
        let bytes = frames.bytes
        for cut in 0...bytes.count {
            let sink = TestSink()
            let client = EndpointRig().connect(sink)
            client.send(bytes: bytes[..<cut])
            client.send(bytes: bytes[cut...])
            #expect(
                sink.calls == [
                    .opened, .text("ä"), .interruption, .interruption, .message(.binary, [0xFF, 0xFE]), .text(""), .interruption, .closes,
                    .ended(1000),
                ], "\(cut)")
            #expect(try client.received() == [ReceivedFrame(.pong, [7]), .close(1000, "")])
        }
    }

    @Test func whatCameWithTheHandshakeIsRead() throws {
        let sink = TestSink()
        let client = EndpointRig().connect(sink, unread: [.text("early"), ClientFrame(.ping)])
        #expect(sink.calls == [.opened, .text("early"), .interruption])
        #expect(try client.received() == [ReceivedFrame(.pong, [])])
    }

    @Test func aMessageOfTheGreatestLengthIsTaken() throws {
        let sink = TestSink()
        let client = EndpointRig(maxMessage: 100).connect(sink)
        client.send(ClientFrame(.binary, [UInt8](repeating: 1, count: 100)))
        #expect(sink.calls == [.opened, .message(.binary, [UInt8](repeating: 1, count: 100))])
        client.send(ClientFrame(.binary, [UInt8](repeating: 1, count: 101)))
        #expect(try client.received() == [.close(1009, "message too big")])
    }

    /// A sink that closes in the midst of a read is given nothing more of it.
    @Test func noMessageFollowsTheClose() throws {
        let sink = TestSink { call, connection in
            if call == .text("enough") { connection.beginClose(.policyViolation) }
        }
        let client = EndpointRig().connect(sink)
        client.send(.text("enough"), .text("more"), ClientFrame(.ping), .close(1008))
        #expect(sink.calls == [.opened, .text("enough"), .closes, .interruption, .interruption, .ended(1008)])
        #expect(try client.received() == [.close(1008, "side busy")])
        #expect(!client.isOpen)
    }

    /// And one that cuts the connection off hears of nothing that was read with it.
    @Test func nothingFollowsTheEnd() {
        for last in [ClientFrame(.ping), .close(1000), ClientFrame(.text, [0xFF])] {
            let sink = TestSink { call, connection in
                if call == .interruption { connection.abort() }
            }
            let client = EndpointRig().connect(sink)
            client.send(last, .text("more"))
            #expect(sink.calls == [.opened, .interruption, .closes, .ended(1006)])
            #expect(sink.events == ["opened"] && !client.isOpen)
        }
    }

    @Test func theEndSaysWhatWasReadAndSent() throws {
        let rig = EndpointRig()
        let (sink, echo) = (
            TestSink(),
            TestSink { call, connection in
                if case .message(let opcode, let bytes) = call { connection.send(.init(bytes: bytes), opcode) }
            }
        )
        let clients = [rig.connect(sink), rig.connect(echo)]
        for client in clients {
            client.send(.text("12345"), ClientFrame(.ping, [1, 2]))
            rig.advance(by: .seconds(3))
            client.send(.close(1000))
        }
        let summary = try #require(sink.summary)
        #expect(summary.code == 1000 && summary.error == nil && summary.duration == .seconds(3))
        #expect(summary.messagesIn == 1 && summary.bytesIn == 11 + 8 + 8)
        // A pong and the close.
        #expect(summary.messagesOut == 2 && summary.bytesOut == 4 + 4)
        #expect(echo.summary?.messagesOut == 3 && echo.summary?.bytesOut == 7 + 4 + 4)
    }
}
