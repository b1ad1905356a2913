import ByteStreams
import NIOCore
import SignalingTestKit
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// Not reading from whoever sends to somebody that is behind: a pause for each order to resume that is to come, and none lost.
@Suite struct PauseTests {
    private let rig = EndpointRig()
    private static let tooMuch = Outbox.congestionMark + 1

    /// A client that takes nothing, and is far behind as soon as somebody sends to it.
    private func slow() -> MemoryWebSocket {
        let client = self.rig.connect(TestSink())
        client.setWritable(false)
        return client
    }

    @Test func aPauseLastsUntilItsReceiverHasDrained() throws {
        let sink = TestSink()
        let (slow, client) = (self.slow(), self.rig.connect(sink))
        #expect(self.rig.fill(slow, Self.tooMuch, from: client))
        #expect(!client.isReadFrom && client.connection.outbox.isReadingPaused)
        client.send(.text("waits"))
        #expect(sink.takeCalls() == [.opened])
        slow.setWritable(true)
        #expect(client.isReadFrom && !client.connection.outbox.isReadingPaused)
        #expect(sink.takeCalls() == [.text("waits")])
    }

    @Test func eachReceiverCountsForItself() throws {
        let client = self.rig.connect(TestSink())
        let receivers = (0..<3).map { _ in self.slow() }
        for receiver in receivers { #expect(self.rig.fill(receiver, Self.tooMuch, from: client)) }
        receivers[0].setWritable(true)
        receivers[2].drop()
        #expect(!client.isReadFrom)
        // Closing, it lets its senders go on: nothing more can be put in.
        self.rig.order(receivers[1]) { $0.close = .goingAway }
        #expect(client.isReadFrom)
    }

    @Test func aConnectionMayBeginPaused() throws {
        let sink = TestSink(.open(paused: true))
        let client = self.rig.connect(sink, unread: [.text("waits")])
        #expect(client.connection.progress == .open && !client.isReadFrom)
        #expect(sink.takeCalls() == [.opened])
        self.rig.order(client) { $0.resumes += 1 }
        #expect(client.isReadFrom && sink.takeCalls() == [.text("waits")])
    }

    /// A pause counts from when it is asked for, in whatever phase, and its end ends it and no other.
    @Test func aPauseOfBeforeTheReleaseEndsNoOther() throws {
        let client = self.rig.connect(TestSink(.held(until: self.rig.network.clock.now + .seconds(2))))
        client.setWritable(false)
        // It waits for itself, and then for another.
        self.rig.network.turn { client.connection.send(ByteBuffer(repeating: 1, count: Self.tooMuch), .binary) }
        self.rig.order(client) { $0.isReleased = true }
        #expect(client.connection.progress == .open && !client.isReadFrom)
        let slow = self.slow()
        #expect(self.rig.fill(slow, Self.tooMuch, from: client))
        client.setWritable(true)
        #expect(!client.isReadFrom)
        slow.setWritable(true)
        #expect(client.isReadFrom)
    }

    @Test func aSinkThatSendsTooMuchAsItBeginsIsNotReadMeanwhile() throws {
        let sink = TestSink { call, connection in
            guard call == .opened else { return }
            connection.send(ByteBuffer(repeating: 1, count: 2 * Self.tooMuch), .binary)
        }
        let connection = self.rig.connection(sink)
        let stream = MemoryStream(context: self.rig.context, sendCapacity: 1_000)
        stream.begin(connection)
        #expect(connection.progress == .open && !stream.isReading)
        while stream.sent.readableBytes > 0 { _ = stream.takeSent() }
        self.rig.context.flushTouched()
        #expect(stream.isReading)
        stream.end(.fin)
    }

    @Test func aPauseThatIsAskedForWhileItIsHeldGoesOnAfterTheRelease() throws {
        let client = self.rig.connect(TestSink(.held(until: self.rig.network.clock.now + .seconds(2))))
        let slow = self.slow()
        #expect(self.rig.fill(slow, Self.tooMuch, from: client))
        self.rig.order(client) { $0.isReleased = true }
        #expect(client.connection.progress == .open && !client.isReadFrom)
        slow.setWritable(true)
        #expect(client.isReadFrom)
    }

    @Test func theSinkMayPauseAsItIsReleased() throws {
        let sink = TestSink(.held(until: self.rig.network.clock.now + .seconds(2))) { call, connection in
            if call == .released { connection.pauseReading() }
        }
        let client = self.rig.connect(sink, unread: [.text("kept")])
        self.rig.order(client) { $0.isReleased = true }
        #expect(!client.isReadFrom)
        #expect(sink.takeCalls() == [.opened, .released])
        self.rig.order(client) { $0.resumes += 1 }
        #expect(client.isReadFrom && sink.takeCalls() == [.text("kept")])
    }

    /// The end of the stream is looked for by everybody who closes, whoever is behind.
    @Test func aPausedConnectionThatClosesIsReadFrom() throws {
        let (slow, client) = (self.slow(), self.rig.connect(TestSink()))
        #expect(self.rig.fill(slow, Self.tooMuch, from: client))
        self.rig.order(client) { $0.close = .goingAway }
        #expect(client.isReadFrom)
        client.send(.close(1001))
        #expect(!client.isOpen)
        // Its receiver drains, and there is nobody to tell.
        slow.setWritable(true)
        #expect(slow.isReadFrom && slow.isOpen)
    }

    @Test func whoEndsIsWaitedForByNobodyAndWaitsForNobody() throws {
        let (slow, client) = (self.slow(), self.rig.connect(TestSink()))
        #expect(self.rig.fill(slow, Self.tooMuch, from: client))
        let next = self.rig.connect(TestSink())
        #expect(self.rig.fill(slow, 1, from: next))
        client.drop()
        #expect(!next.isReadFrom)
        slow.drop()
        #expect(next.isReadFrom && next.isOpen)
    }
}
