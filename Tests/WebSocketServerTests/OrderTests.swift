import NIOCore
import SignalingTestKit
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// What is taken out of an outbox together: bytes, and things to do.
@Suite struct OrderTests {
    private let rig = EndpointRig()

    private func text(_ text: String, to socket: MemoryWebSocket) {
        _ = socket.connection.outbox.append(self.rig.context) {
            WebSocketFrame.write(.text, payload: ByteBuffer(string: text), into: &$0)
        }
    }

    /// Bytes that were put in go out before what an order puts in, whichever of them came first.
    @Test func bytesComeBeforeWhatOrdersAdd() throws {
        let client = self.rig.connect(TestSink())
        self.rig.network.turn {
            client.connection.outbox.order(self.rig.context) { $0.isProbed = true }
            self.text("one", to: client)
            client.connection.outbox.order(self.rig.context) { $0.close = .replaced }
            self.text("two", to: client)
        }
        let frames = try client.received()
        #expect(frames.map(\.opcode) == [.text, .text, .ping, .close])
        #expect(frames.prefix(2).map(\.text) == ["one", "two"] && frames.last == .close(4001, "replaced"))
    }

    @Test func aClientThatTakesNothingIsGivenItsOrders() throws {
        let sink = TestSink()
        let client = self.rig.connect(sink)
        client.setWritable(false)
        self.rig.network.turn {
            self.text("queued", to: client)
            client.connection.outbox.order(self.rig.context) { $0.close = .goingAway }
        }
        #expect(client.connection.progress == .closing && sink.takeCalls() == [.opened, .closes])
        self.rig.network.turn { self.text("too late", to: client) }
        client.setWritable(true)
        #expect(try client.received() == [.text("queued"), .close(1001, "going away")])
    }

    @Test func aSinkThatWantsToPutInMoreIsToldWhenItMay() throws {
        var left = 5
        let sink = TestSink { call, connection in
            guard call == .drained || call == .text("more") else { return }
            while left > 0, connection.outbox.space > 0 {
                connection.send(ByteBuffer(repeating: UInt8(left), count: 100_000), .binary)
                left -= 1
            }
            if left > 0 { connection.outbox.wantMore(connection.context) }
        }
        let client = self.rig.connect(sink)
        client.setWritable(false)
        client.send(.text("more"))
        #expect(left == 3 && sink.takeCalls() == [.opened, .text("more")])
        client.setWritable(true)
        #expect(left == 0)
        #expect(try client.received().map { $0.payload.first } == [5, 4, 3, 2, 1])
        #expect(sink.takeCalls().allSatisfy { $0 == .drained })
    }

    @Test func aHeldConnectionIsToldToo() throws {
        let sink = TestSink(.held(until: self.rig.network.clock.now + .seconds(2)))
        let client = self.rig.connect(sink)
        self.rig.network.turn { client.connection.outbox.wantMore(self.rig.context) }
        #expect(sink.takeCalls() == [.opened, .drained])
    }

    @Test func whoeverClosesIsNotAskedForMore() throws {
        let sink = TestSink()
        let client = self.rig.connect(sink)
        client.setWritable(false)
        self.rig.network.turn {
            _ = client.connection.outbox.append(self.rig.context) { $0.writeRepeatingByte(0, count: Outbox.resumeMark + 1) }
            client.connection.outbox.wantMore(self.rig.context)
            client.connection.outbox.order(self.rig.context) { $0.close = .goingAway }
        }
        client.setWritable(true)
        #expect(sink.takeCalls() == [.opened, .closes])
    }

    /// A queue past all bounds: its client is given up.
    @Test func aClientWithTooMuchQueuedIsClosed() throws {
        let sink = TestSink()
        let client = self.rig.connect(sink)
        client.setWritable(false)
        for _ in 0..<3 { _ = self.rig.fill(client, 100 << 10) }
        #expect(client.connection.progress == .open)
        // As many again, and one message that alone is larger.
        for _ in 0..<3 { _ = self.rig.fill(client, 200 << 10) }
        #expect(client.connection.progress == .closing)
        self.rig.advance(by: .milliseconds(1_200))
        #expect(!client.isOpen && sink.summary?.code == 4008)
    }

    @Test func ordersToWhoeverHasEndedReachNobody() throws {
        let sink = TestSink()
        let client = self.rig.connect(sink)
        let outbox = client.connection.outbox
        // The last order is under way when the client leaves.
        self.rig.network.turn {
            outbox.order(self.rig.context) {
                $0.isProbed = true
                $0.close = .replaced
            }
            outbox.wantMore(self.rig.context)
            client.stream.end(.fin)
        }
        self.rig.order(client) { $0.resumes += 1 }
        #expect(sink.takeCalls() == [.opened, .closes, .ended(1006)])
        #expect(!outbox.isPending)
    }
}
