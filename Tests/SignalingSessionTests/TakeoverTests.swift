import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

/// Two connections for one side.
@Suite struct TakeoverTests {
    @Test func theSameSidTakesOver() throws {
        let rig = SessionRig()
        let old = rig.connect(.a, sid: "s")
        let b = rig.connect(.b)
        _ = (try old.received(), try b.received())
        let new = rig.connect(.a, sid: "s")
        #expect(try old.received() == [.close(4001, "replaced")])
        #expect(try new.received() == [.roomFull])
        #expect(try b.received() == [])
        old.send(text: #"{"type":"offer"}"#)
        new.send(text: #"{"type":"ice"}"#)
        #expect(try b.received() == [.text(#"{"type":"ice"}"#)])
        old.send(.close(4001))
        #expect(!old.isOpen && rig.closed(4001) == 1)
        #expect(try b.received() == [])
    }

    @Test func aHolderThatAnswersKeepsItsSide() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        let newcomer = rig.connect(.a)
        #expect(!newcomer.isReadFrom)
        let ping = try a.receivedPing()
        #expect(try newcomer.received() == [])
        rig.advance(by: .milliseconds(500))
        a.send(ClientFrame(.pong, ping))
        #expect(try newcomer.received() == [.close(1008, "side A busy")])
        // From now on its close is looked for.
        #expect(newcomer.isReadFrom)
        newcomer.send(.close(1008))
        #expect(!newcomer.isOpen && rig.closed(1008) == 1)
        #expect(try b.received() == [])
        rig.advance(by: .seconds(3))
        #expect(a.isOpen)
        #expect(try a.received() == [])
    }

    /// A heartbeat that falls due meanwhile takes nothing from the pong that the challenge waits for.
    @Test func aHolderFartherAwayThanAHeartbeatKeepsItsSide() throws {
        let rig = SessionRig { $0.heartbeat = .seconds(1) }
        let (a, _) = try rig.pair()
        let newcomer = rig.connect(.a)
        let ping = try a.receivedPing()
        rig.advance(by: .milliseconds(1_200))
        _ = try a.receivedPing()
        a.send(ClientFrame(.pong, ping))
        #expect(try newcomer.received() == [.close(1008, "side A busy")])
        rig.advance(by: .seconds(1))
        #expect(a.isOpen)
    }

    @Test func aHolderThatDoesNotAnswerIsEvictedAndWhatTheNewcomerSentIsHeard() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        // Some of it comes with the request, some while the side is being fought for, and it is cut through frames.
        let bytes = [ClientFrame.text(#"{"type":"offer"}"#), .text(#"{"type":"ice"}"#)].bytes
        let newcomer = rig.connect(.a, unread: Array(bytes.prefix(5)))
        _ = try a.receivedPing()
        newcomer.send(bytes: bytes.dropFirst(5).dropLast(3))
        #expect(!newcomer.isReadFrom)
        rig.advance(by: .milliseconds(1_900))
        #expect(try b.received() == [] && newcomer.received() == [])
        rig.advance(by: .milliseconds(300))
        #expect(try a.received() == [.close(4002, "unresponsive")])
        #expect(try newcomer.received() == [.roomFull])
        #expect(try b.received() == [.peerLeft, .roomFull, .text(#"{"type":"offer"}"#)])
        #expect(newcomer.isReadFrom)
        newcomer.send(bytes: bytes.suffix(3))
        #expect(try b.received() == [.text(#"{"type":"ice"}"#)])
        rig.advance(by: .milliseconds(1_200))
        #expect(!a.isOpen && rig.closed(4002) == 1)
        #expect(rig.totals.peers == 2)
    }

    @Test func aHolderThatLeavesMeanwhileMakesRoom() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        let newcomer = rig.connect(.a)
        a.drop()
        #expect(try newcomer.received() == [.roomFull])
        #expect(try b.received() == [.peerLeft, .roomFull])
        #expect(newcomer.isReadFrom)
        // The challenge's time is over without a further word.
        rig.advance(by: .seconds(3))
        #expect(try newcomer.received() == [])
        #expect(newcomer.isOpen)
    }

    @Test func aSecondNewcomerIsTurnedAwayAtOnce() throws {
        let rig = SessionRig()
        let (a, _) = try rig.pair()
        let first = rig.connect(.a)
        let second = rig.connect(.a)
        #expect(try second.received() == [.close(1008, "side A busy")])
        #expect(try first.received() == [])
        second.drop()
        first.drop()
        _ = try a.receivedPing()
        rig.advance(by: .seconds(3))
        #expect(a.isOpen && rig.openWebSockets == 2)
    }

    /// The server itself does not read the holder, so its pong may well be waiting.
    @Test func aHolderThatIsNotBeingReadKeepsItsSide() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        b.setWritable(false)
        a.send(text: #"{"type":"ice","cand":""# + String(repeating: "c", count: 140_000) + #""}"#)
        #expect(!a.isReadFrom)
        let newcomer = rig.connect(.a)
        rig.advance(by: .milliseconds(2_200))
        #expect(try newcomer.received() == [.close(1008, "side A busy")])
        #expect(a.isOpen)
    }
}
