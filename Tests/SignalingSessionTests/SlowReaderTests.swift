import MetricsCore
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// Silent clients and slow readers, in the server's own time.
@Suite struct SlowReaderTests {
    // MARK: - Silence

    @Test func roundTripsOfTheServersPingsAreMeasured() throws {
        let rig = SessionRig { $0.heartbeat = .seconds(20) }
        let a = rig.connect(.a)
        rig.advance(by: .milliseconds(20_200))
        let ping = try a.receivedPing()
        #expect(ping == [1, 2, 3, 4, 5, 6, 7, 8])
        rig.advance(by: .milliseconds(100))
        for payload in [[], [1], [0, 0, 0, 0, 0, 0, 0, 0], ping + [0]] as [[UInt8]] { a.send(ClientFrame(.pong, payload)) }
        #expect(rig.counts.wsRTT.counts.reduce(0, +) == 0)
        a.send(ClientFrame(.pong, ping), ClientFrame(.pong, ping))
        #expect(rig.counts.wsRTT.counts.reduce(0, +) == 1)
        #expect(rig.counts.wsRTT.sum > 0.099 && rig.counts.wsRTT.sum < 0.31)
    }

    @Test func silenceForTwoHeartbeatsFreesTheSide() throws {
        let rig = SessionRig { $0.heartbeat = .seconds(20) }
        let (a, b) = try rig.pair()
        for _ in 0..<4 {
            rig.advance(by: .seconds(10))
            b.send(ClientFrame(.pong))
        }
        rig.advance(by: .milliseconds(200))
        let frames = try a.received()
        #expect(frames.first?.opcode == .ping && frames.last == .close(4002, "unresponsive") && frames.count == 2)
        #expect(try b.received().contains(.peerLeft))
        rig.advance(by: .milliseconds(1_200))
        #expect(!a.isOpen && b.isOpen && rig.closed(4002) == 1)
    }

    // MARK: - Slow readers

    private static func frame(_ length: Int) -> String { #"{"type":"ice","cand":""# + String(repeating: "c", count: length) + #""}"# }

    @Test func aSenderIsNotReadWhileItsPeerIsBehind() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        b.setWritable(false)
        let frame = Self.frame(60_000)
        for _ in 0..<3 {
            #expect(a.isReadFrom)
            a.send(text: frame)
        }
        #expect(!a.isReadFrom)
        // The slow reader itself is read, and others are served.
        #expect(b.isReadFrom)
        b.send(text: #"{"type":"ice"}"#)
        #expect(try a.received() == [.text(#"{"type":"ice"}"#)])
        a.send(text: #"{"type":"offer"}"#)
        #expect(a.stream.isHeldBack)
        b.setWritable(true)
        // What was held back is read by itself.
        #expect(a.isReadFrom)
        #expect(try b.receivedTexts() == [frame, frame, frame, #"{"type":"offer"}"#])
    }

    @Test func whatASenderLeftBehindGoesOutAsItsPeerTakesIt() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        b.stream.sendCapacity = 100_000
        let frames = (0..<60).map { Self.frame(50_000 + $0) }
        a.send(bytes: frames.map { ClientFrame.text($0) }.bytes)
        a.endInput()
        #expect(a.isOpen && !a.isReadFrom)
        var taken = ByteBuffer()
        var most = 0
        for _ in 0..<100 {
            taken.writeImmutableBuffer(b.stream.takeSent())
            most = max(most, b.connection.outbox.pendingBytes)
        }
        #expect(!a.isOpen)
        #expect(ReceivedFrame.frames(in: taken)?.map(\.text) == frames + [ReceivedFrame.peerLeft.text])
        #expect(most <= Outbox.mostQueued, "\(most) bytes waited")
    }

    @Test func aSenderReadsOnWhenItsSlowPeerIsGone() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        b.setWritable(false)
        a.send(text: Self.frame(140_000))
        #expect(!a.isReadFrom)
        b.drop()
        #expect(a.isReadFrom)
        #expect(try a.received() == [.peerLeft])
    }

    /// A client that comes back again and again must not heap a message onto the queue each time.
    @Test func aNewcomerIsNotReadWhileItsPeerIsBehind() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        b.setWritable(false)
        a.send(text: Self.frame(140_000))
        a.drop()
        let next = rig.connect(.a)
        #expect(!next.isReadFrom)
        #expect(try next.received() == [.roomFull])
        // The same for one that had to wait for its side.
        let last = rig.connect(.a)
        rig.advance(by: .milliseconds(2_200))
        #expect(try last.received() == [.close(1008, "side A busy")])
        #expect(!next.isReadFrom)
        b.setWritable(true)
        #expect(next.isReadFrom)
        #expect(try b.received().suffix(2) == [.peerLeft, .roomFull])
        next.send(text: #"{"type":"ice"}"#)
        #expect(try b.received() == [.text(#"{"type":"ice"}"#)])
    }

    /// The side is free when it has waited for it, and the other side is behind all the while.
    @Test func whoWaitedForItsSideIsNotReadWhileItsPeerIsBehind() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        let newcomer = rig.connect(.a)
        _ = try a.receivedPing()
        b.setWritable(false)
        b.send(text: #"{"type":"ice"}"#)
        a.send(text: Self.frame(140_000))
        a.drop()
        #expect(newcomer.connection.progress == .open && !newcomer.isReadFrom)
        newcomer.send(text: #"{"type":"offer"}"#)
        b.setWritable(true)
        #expect(newcomer.isReadFrom)
        #expect(try b.received().suffix(3) == [.peerLeft, .roomFull, .text(#"{"type":"offer"}"#)])
    }

    @Test func aPeerThatTakesNothingIsSlowConsumer() throws {
        let rig = SessionRig { $0.heartbeat = .seconds(20) }
        let (a, b) = try rig.pair()
        b.setWritable(false)
        a.send(text: Self.frame(140_000))
        #expect(!a.isReadFrom)
        let start = rig.network.clock.now
        // It is alive and talks; it only does not take anything.
        while b.isOpen, rig.network.clock.now - start < .seconds(120) {
            rig.advance(by: .seconds(1))
            if b.isOpen { b.send(ClientFrame(.pong)) }
        }
        let lasted = rig.network.clock.now - start
        #expect(lasted >= .seconds(40) && lasted <= .seconds(55))
        #expect(rig.closed(4008) == 1)
        // The sender, not read all that time through no fault of its own, goes on.
        #expect(a.isOpen)
        #expect(try a.received().contains(.peerLeft))
        #expect(a.isReadFrom)
    }
}
