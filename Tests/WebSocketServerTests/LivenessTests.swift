import ByteStreams
import SignalingTestKit
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// Pings and silence, in the server's own time.
@Suite struct LivenessTests {
    @Test func pingsAreAnsweredWithTheirPayload() throws {
        let client = EndpointRig().connect(TestSink())
        let longest = [UInt8](repeating: 0x5A, count: 125)
        client.send(ClientFrame(.ping), ClientFrame(.ping, longest))
        #expect(try client.received() == [ReceivedFrame(.pong, []), ReceivedFrame(.pong, longest)])
    }

    @Test func theServerPingsAndMeasuresItsOwnPingsAlone() throws {
        let rig = EndpointRig(heartbeat: .seconds(20))
        let sink = TestSink()
        let client = rig.connect(sink)
        rig.advance(by: .milliseconds(19_900))
        #expect(try client.received() == [])
        rig.advance(by: .milliseconds(300))
        let ping = try client.receivedPing()
        #expect(ping == [1, 2, 3, 4, 5, 6, 7, 8])
        rig.advance(by: .milliseconds(100))
        for payload in [[], [1], [0, 0, 0, 0, 0, 0, 0, 0], ping + [0]] as [[UInt8]] { client.send(ClientFrame(.pong, payload)) }
        #expect(sink.roundTrips.isEmpty)
        client.send(ClientFrame(.pong, ping), ClientFrame(.pong, ping))
        #expect(sink.roundTrips.count == 1)
        #expect(sink.roundTrips.allSatisfy { $0 >= .milliseconds(100) && $0 <= .milliseconds(300) })
        rig.advance(by: .milliseconds(20_100))
        #expect(try client.receivedPing() == [1, 2, 3, 4, 5, 6, 7, 9])
    }

    @Test func silenceForTwoHeartbeatsEndsTheConnection() throws {
        let rig = EndpointRig(heartbeat: .seconds(20))
        let sink = TestSink()
        let client = rig.connect(sink)
        rig.advance(by: .milliseconds(40_100))
        let frames = try client.received()
        #expect(frames.first?.opcode == .ping && frames.last == .close(4002, "unresponsive") && frames.count == 2)
        #expect(sink.takeCalls() == [.opened, .closes])
        // It will hardly respond, so it is given a second.
        rig.advance(by: .milliseconds(800))
        #expect(client.isOpen)
        rig.advance(by: .milliseconds(400))
        #expect(!client.isOpen && sink.takeCalls() == [.ended(4002)])
        #expect(rig.context.timers.count == 0)
    }

    @Test func anythingAtAllIsASignOfLife() throws {
        let rig = EndpointRig(heartbeat: .seconds(20))
        let client = rig.connect(TestSink())
        // A frame a byte at a time, for far longer than two heartbeats.
        for byte in ClientFrame.text(#"{"type":"hello"}"#).bytes {
            client.send(bytes: [byte])
            rig.advance(by: .seconds(15))
        }
        #expect(client.isOpen)
    }

    @Test func aFloodOfPingsStopsBeingReadWhileItsAnswersWait() throws {
        let client = EndpointRig().connect(TestSink())
        client.setWritable(false)
        var sent = 0
        while client.isReadFrom {
            for _ in 0..<30 { client.send(ClientFrame(.ping, [UInt8](repeating: 1, count: 125))) }
            sent += 30
            try #require(sent < 5_000)
        }
        // 128 KiB of pongs, and what one turn brought.
        #expect(sent * 127 > 128 << 10 && sent * 127 < 140 << 10)
        client.setWritable(true)
        #expect(try client.received().count == sent)
        #expect(client.isReadFrom)
    }

    // MARK: - Probes

    @Test func aProbeIsAPingAndItsPongIsToldToTheSink() throws {
        let rig = EndpointRig()
        let sink = TestSink()
        let client = rig.connect(sink)
        rig.order(client) { $0.isProbed = true }
        let ping = try client.receivedPing()
        client.send(ClientFrame(.pong), ClientFrame(.pong, ping.reversed()))
        #expect(!sink.takeCalls().contains(.respondedToProbe))
        client.send(ClientFrame(.pong, ping), ClientFrame(.pong, ping))
        #expect(sink.takeCalls().filter { $0 == .respondedToProbe }.count == 1)
    }

    /// A heartbeat's ping in between takes nothing from the probe.
    @Test func aProbeIsAnsweredAlsoAfterALaterPing() throws {
        let rig = EndpointRig(heartbeat: .seconds(1))
        let sink = TestSink()
        let client = rig.connect(sink)
        rig.order(client) { $0.isProbed = true }
        let probe = try client.receivedPing()
        rig.advance(by: .milliseconds(1_200))
        #expect(try client.receivedPing() != probe)
        client.send(ClientFrame(.pong, probe))
        #expect(sink.takeCalls().contains(.respondedToProbe))
    }

    @Test func aConnectionThatClosesIsNotProbedAndAnswersNoProbe() throws {
        let rig = EndpointRig()
        let sink = TestSink()
        let client = rig.connect(sink)
        rig.order(client) { $0.isProbed = true }
        let ping = try client.receivedPing()
        rig.order(client) { $0.close = .goingAway }
        rig.order(client) { $0.isProbed = true }
        #expect(try client.received() == [.close(1001, "going away")])
        _ = sink.takeCalls()
        client.send(ClientFrame(.pong, ping))
        #expect(sink.takeCalls() == [.interruption])
    }

    // MARK: - Slow readers

    @Test func aClientThatTakesNothingIsSlow() throws {
        let rig = EndpointRig(heartbeat: .seconds(20))
        let sink = TestSink()
        let client = rig.connect(sink)
        client.setWritable(false)
        _ = rig.fill(client, 10)
        let start = rig.network.clock.now
        // It is alive and talks; it only does not take anything.
        while client.isOpen, rig.network.clock.now - start < .seconds(120) {
            rig.advance(by: .seconds(1))
            if client.isOpen { client.send(ClientFrame(.pong)) }
        }
        let lasted = rig.network.clock.now - start
        #expect(lasted >= .seconds(40) && lasted <= .seconds(55))
        #expect(sink.summary?.code == 4008)
    }

    /// Time in which the server itself does not read is not silence.
    @Test func aClientThatIsNotReadFromIsNotSilent() throws {
        let rig = EndpointRig(heartbeat: .seconds(20))
        let (slow, client) = (rig.connect(TestSink()), rig.connect(TestSink()))
        slow.setWritable(false)
        #expect(rig.fill(slow, Outbox.congestionMark + 1, from: client))
        var seconds = 0
        while !client.isReadFrom, seconds < 60 {
            rig.advance(by: .seconds(1))
            slow.send(ClientFrame(.pong))
            seconds += 1
        }
        // The slow one was given up, and the other goes on as if it had been heard just now.
        #expect(seconds > 40 && client.isOpen && client.isReadFrom)
        rig.advance(by: .seconds(35))
        #expect(client.isOpen)
        rig.advance(by: .seconds(15))
        #expect(try client.received().last == .close(4002, "unresponsive"))
    }
}
