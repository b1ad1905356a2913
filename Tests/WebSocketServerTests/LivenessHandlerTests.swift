import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

/// Heartbeats and slow readers, in the server's own time.
@Suite struct LivenessHandlerTests {
    // MARK: - Pings

    @Test func pingsAreAnsweredWithTheirPayload() throws {
        let rig = ServerRig()
        let a = try rig.connect(.a)
        let longest = [UInt8](repeating: 0x5A, count: 125)
        try a.send(ClientFrame(.ping), ClientFrame(.ping, longest))
        #expect(try a.received() == [ReceivedFrame(.pong, []), ReceivedFrame(.pong, longest)])
    }

    @Test func theServerPingsAndMeasuresItsOwnPingsAlone() throws {
        let rig = ServerRig(heartbeat: .seconds(20))
        let a = try rig.connect(.a)
        rig.advance(by: .milliseconds(19_900))
        #expect(try a.received() == [])
        rig.advance(by: .milliseconds(300))
        let ping = try a.receivedPing()
        #expect(ping == [1, 2, 3, 4, 5, 6, 7, 8])
        rig.advance(by: .milliseconds(100))
        for payload in [[], [1], [0, 0, 0, 0, 0, 0, 0, 0], ping + [0]] as [[UInt8]] { try a.send(ClientFrame(.pong, payload)) }
        #expect(rig.counts.wsRTT.counts.reduce(0, +) == 0)
        try a.send(ClientFrame(.pong, ping), ClientFrame(.pong, ping))
        #expect(rig.counts.wsRTT.counts.reduce(0, +) == 1)
        #expect(rig.counts.wsRTT.sum > 0.099 && rig.counts.wsRTT.sum < 0.31)
        rig.advance(by: .milliseconds(20_100))
        #expect(try a.receivedPing() == [1, 2, 3, 4, 5, 6, 7, 9])
    }

    @Test func silenceForTwoHeartbeatsEndsTheConnection() throws {
        let rig = ServerRig(heartbeat: .seconds(20))
        let (a, b) = try rig.pair()
        for _ in 0..<4 {
            rig.advance(by: .seconds(10))
            try b.send(ClientFrame(.pong))
        }
        rig.advance(by: .milliseconds(200))
        let frames = try a.received()
        #expect(frames.first?.opcode == .ping && frames.last == .close(4002, "unresponsive") && frames.count == 2)
        #expect(try b.received().contains(.peerLeft))
        rig.advance(by: .milliseconds(1_200))
        #expect(!a.isOpen && b.isOpen && rig.closed(4002) == 1)
    }

    @Test func anythingAtAllIsASignOfLife() throws {
        let rig = ServerRig(heartbeat: .seconds(20))
        let a = try rig.connect(.a)
        // A frame a byte at a time, for far longer than two heartbeats.
        for byte in ClientFrame.text(#"{"type":"hello"}"#).bytes {
            try a.send(bytes: [byte])
            rig.advance(by: .seconds(15))
        }
        #expect(a.isOpen)
    }

    @Test func aFloodOfPingsStopsBeingReadWhileItsAnswersWait() throws {
        let rig = ServerRig()
        let a = try rig.connect(.a)
        a.setWritable(false)
        var sent = 0
        while true {
            let reads = a.reads
            a.askToRead()
            guard a.reads > reads else { break }
            for _ in 0..<30 { try a.send(ClientFrame(.ping, [UInt8](repeating: 1, count: 125))) }
            sent += 30
            try #require(sent < 5_000)
        }
        // 128 KiB of answers, and what one read brought.
        #expect(sent * 127 > 128 << 10 && sent * 127 < 140 << 10)
        let reads = a.reads
        a.setWritable(true)
        #expect(try a.received().count == sent)
        #expect(a.reads == reads + 1)
    }

    // MARK: - Slow readers

    @Test func aSenderIsNotReadWhileItsPeerIsBehind() throws {
        let rig = ServerRig()
        let (a, b) = try rig.pair()
        b.setWritable(false)
        let frame = #"{"type":"ice","cand":""# + String(repeating: "c", count: 60_000) + #""}"#
        for _ in 0..<3 {
            let reads = a.reads
            a.askToRead()
            #expect(a.reads == reads + 1)
            try a.send(text: frame)
        }
        let reads = a.reads
        a.askToRead()
        #expect(a.reads == reads)
        // The slow reader itself is read, and others are served.
        let readsOfB = b.reads
        b.askToRead()
        #expect(b.reads == readsOfB + 1)
        try b.send(text: #"{"type":"ice"}"#)
        #expect(try a.received() == [.text(#"{"type":"ice"}"#)])
        b.setWritable(true)
        // The read that was held back goes out by itself, once.
        #expect(a.reads == reads + 1)
        #expect(try b.receivedTexts() == [frame, frame, frame])
        a.askToRead()
        #expect(a.reads == reads + 2)
    }

    @Test func aSenderReadsOnWhenItsSlowPeerIsGone() throws {
        let rig = ServerRig()
        let (a, b) = try rig.pair()
        b.setWritable(false)
        let frame = #"{"type":"ice","cand":""# + String(repeating: "c", count: 140_000) + #""}"#
        try a.send(text: frame)
        let reads = a.reads
        a.askToRead()
        #expect(a.reads == reads)
        b.drop()
        #expect(a.reads == reads + 1)
        #expect(try a.received() == [.peerLeft])
    }

    /// A client that comes back again and again must not heap a message onto the queue each time.
    @Test func aNewcomerIsNotReadWhileItsPeerIsBehind() throws {
        let rig = ServerRig()
        let (a, b) = try rig.pair()
        b.setWritable(false)
        try a.send(text: #"{"type":"ice","cand":""# + String(repeating: "c", count: 140_000) + #""}"#)
        a.drop()
        let next = try rig.connect(.a)
        #expect(next.reads == 0)
        #expect(try next.received() == [.roomFull])
        // The same for one that had to wait for its side.
        let last = try rig.connect(.a)
        rig.advance(by: .milliseconds(2_200))
        #expect(try last.received() == [.close(1008, "side A busy")])
        b.setWritable(true)
        #expect(next.reads == 1)
        #expect(try b.received().suffix(2) == [.peerLeft, .roomFull])
        try next.send(text: #"{"type":"ice"}"#)
        #expect(try b.received() == [.text(#"{"type":"ice"}"#)])
    }

    @Test func aPeerThatTakesNothingIsSlowConsumer() throws {
        let rig = ServerRig(heartbeat: .seconds(20))
        let (a, b) = try rig.pair()
        b.setWritable(false)
        try a.send(text: #"{"type":"ice","cand":""# + String(repeating: "c", count: 140_000) + #""}"#)
        a.askToRead()
        let start = rig.clock.now
        // It is alive and talks; it only does not take anything.
        while b.isOpen, rig.clock.now - start < .seconds(120) {
            rig.advance(by: .seconds(1))
            if b.isOpen { try b.send(ClientFrame(.pong)) }
        }
        let lasted = rig.clock.now - start
        #expect(lasted >= .seconds(40) && lasted <= .seconds(55))
        #expect(rig.closed(4008) == 1)
        // The sender, not read all that time through no fault of its own, goes on.
        #expect(a.isOpen)
        #expect(try a.received().contains(.peerLeft))
        let reads = a.reads
        a.askToRead()
        #expect(a.reads == reads + 1)
    }
}
