import ByteStreams
import SignalingTestKit
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// Connections about which something has to be decided before they are read from.
@Suite struct HoldTests {
    private func held(_ rig: EndpointRig, for time: TimeSpan = .seconds(2)) -> WebSocketOpening {
        .held(until: rig.network.clock.now + time)
    }

    @Test func nothingIsReadBeforeTheRelease() throws {
        let rig = EndpointRig()
        let sink = TestSink(self.held(rig))
        let client = rig.connect(sink)
        #expect(client.connection.progress == .held && !client.isReadFrom)
        client.send(.text("early"), ClientFrame(.ping))
        #expect(sink.takeCalls() == [.opened] && client.stream.isHeldBack)
        #expect(try client.received() == [])
        rig.order(client) { $0.isReleased = true }
        #expect(client.connection.progress == .open && client.isReadFrom)
        #expect(sink.takeCalls() == [.released, .text("early"), .interruption])
        #expect(try client.received() == [ReceivedFrame(.pong, [])])
    }

    /// What the socket gave before it was held comes first, also where it is cut through a frame.
    @Test(arguments: 0...20)
    func whatWasReadAlreadyIsKept(_ cut: Int) throws {
        let rig = EndpointRig()
        let sink = TestSink(self.held(rig))
        let bytes = [ClientFrame.text("first"), .text("second")].bytes
        let connection = rig.connection(sink)
        let client = rig.network.connect(connection, unread: Array(bytes[..<cut]))
        client.send(bytes: bytes[cut...])
        #expect(sink.takeCalls() == [.opened])
        rig.order(client) { $0.isReleased = true }
        #expect(sink.takeCalls() == [.released, .text("first"), .text("second")])
    }

    @Test func aHeldConnectionIsWrittenTo() throws {
        let rig = EndpointRig()
        let client = rig.connect(TestSink(self.held(rig)))
        #expect(!rig.fill(client, 3))
        #expect(try client.received() == [ReceivedFrame(.binary, [0x7A, 0x7A, 0x7A])])
    }

    @Test func aRefusalCloses() throws {
        let rig = EndpointRig()
        let sink = TestSink(self.held(rig))
        let client = rig.connect(sink, unread: [.text("never heard")])
        rig.order(client) { $0.close = .policyViolation }
        #expect(try client.received() == [.close(1008, "side busy")])
        // Now its close is looked for.
        #expect(client.isReadFrom && client.connection.progress == .closing)
        // A release that comes too late is none.
        rig.order(client) { $0.isReleased = true }
        client.send(.close(1008))
        #expect(sink.takeCalls() == [.opened, .closes, .interruption, .ended(1008)])
    }

    @Test func theSinkIsAskedWhenTheTimeIsOver() throws {
        let rig = EndpointRig(heartbeat: .seconds(1))
        let sink = TestSink(self.held(rig)) { call, connection in
            if call == .holdExpired { connection.outbox.order(connection.context) { $0.isReleased = true } }
        }
        let client = rig.connect(sink)
        rig.advance(by: .milliseconds(1_900))
        #expect(sink.takeCalls() == [.opened])
        rig.advance(by: .milliseconds(200))
        #expect(sink.takeCalls() == [.holdExpired, .released])
        // From now on it is pinged, and its silence counts.
        #expect(try client.received().allSatisfy { $0.opcode == .ping })
        rig.advance(by: .milliseconds(900))
        #expect(client.isOpen && client.connection.progress == .open)
    }

    /// Silence proves nothing as long as nobody reads.
    @Test func aHeldConnectionIsNotGivenUpForItsSilence() throws {
        let rig = EndpointRig(heartbeat: .seconds(1))
        let sink = TestSink(self.held(rig, for: .seconds(60)))
        let client = rig.connect(sink)
        rig.advance(by: .seconds(30))
        #expect(client.connection.progress == .held && client.isOpen)
        #expect(try client.received() == [])
        rig.order(client) { $0.isReleased = true }
        rig.advance(by: .milliseconds(1_500))
        #expect(client.connection.progress == .open)
    }

    @Test func aHeldClientThatLeavesHasEnded() throws {
        for end in [MemoryStream.End.fin, .reset] {
            let rig = EndpointRig()
            let sink = TestSink(self.held(rig))
            let client = rig.connect(sink)
            rig.network.turn { client.stream.end(end) }
            #expect(sink.takeCalls() == [.opened, .closes, .ended(1006)])
            rig.order(client) { $0.isReleased = true }
            rig.advance(by: .seconds(3))
            #expect(sink.takeCalls() == [] && rig.context.timers.count == 0)
        }
    }

    @Test func aConnectionThatIsRefusedAtOnceIsReadForItsCloseOnly() throws {
        let rig = EndpointRig()
        let sink = TestSink(.refused(.serverFull))
        let client = rig.connect(sink, unread: [.text("never heard")])
        #expect(try client.received() == [.close(1013, "server full")])
        client.send(.text("nor this"), .close(1013))
        #expect(sink.takeCalls() == [.opened, .closes, .interruption, .ended(1013)])
        #expect(!client.isOpen)
    }

    @Test func aSinkMayCloseWhileItIsToldOfTheOpening() throws {
        for opening in [WebSocketOpening.open(paused: false), .open(paused: true), .held(until: .init(nanoseconds: .max / 2))] {
            let rig = EndpointRig()
            let sink = TestSink(opening) { call, connection in
                if call == .opened { connection.beginClose(.normal) }
            }
            let client = rig.connect(sink)
            #expect(try client.received() == [.close(1000, "")])
            #expect(client.connection.progress == .closing && client.isReadFrom)
            client.send(.text("x"), .close(1000))
            #expect(sink.takeCalls() == [.opened, .closes, .interruption, .ended(1000)])
        }
    }
}
