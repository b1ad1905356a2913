import SignalingCore
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

/// Sides that are opened with their tokens.
@Suite struct RoomTokenTests {
    // MARK: - A side that was opened with its token

    @Test(arguments: [nil, "", "s", "other"] as [String?])
    func nobodyElseTakesItOverOrChallengesIt(sid: String?) {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s", hasToken: true)
        let stranger = room.join(2, .a, sid: sid)
        #expect(stranger.outcome == .locked)
        #expect(stranger.actions == [])
        #expect(room.state.holder(of: .a) == ConnectionID(1))
    }

    @Test func whoShowsTheTokenTakesItOverOrChallengesIt() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s", hasToken: true)
        #expect(room.join(2, .a, sid: "s", hasToken: true).actions == [close(1, .replaced)])
        let other = room.join(3, .a, sid: "t", hasToken: true)
        #expect(other.outcome == .waiting)
        #expect(other.actions == [.probe(ConnectionID(2))])
        #expect(room.challengeExpired(3, .a) == [close(2, .unresponsive), .admit(ConnectionID(3))])
    }

    @Test func itsMailboxIsForThatOneAloneWhileTheRoomIsKept() {
        var room = RoomHarness()
        _ = room.join(1, .a, hasToken: true)
        _ = room.join(2, .b)
        _ = room.leave(1, .a)
        #expect(room.send(2, .b, to: .a, "1").outcome == .stored)
        _ = room.leave(2, .b)
        let deserted = room.state.lastActivity
        room.advance(.seconds(10))
        #expect(room.join(3, .a).outcome == .locked)
        #expect(room.state.lastActivity == deserted, "a stranger keeps the room alive")
        #expect(room.join(4, .b).outcome == .seated, "the other side is not locked")
        #expect(room.join(5, .a, hasToken: true).outcome == .seated)
    }

    // MARK: - A side that somebody had before

    @Test(arguments: [nil, "s"] as [String?])
    func whoShowsTheTokenGetsItAtOnceAndNothingOfTheStrangers(sid: String?) {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: sid)
        #expect(room.relay(1, .a, "forged") == .hold)
        let holder = room.join(2, .a, sid: sid, hasToken: true)
        #expect(holder.outcome == .seated)
        #expect(holder.actions == [.expel(ConnectionID(1))])
        #expect(room.relay(1, .a, "late") == .ignore)
        #expect(room.leave(1, .a) == [])
        #expect(room.join(3, .b).actions == [full(2), full(3)], "what the stranger had sent is given to the other side")
    }

    @Test func theOtherSideHearsThatSomebodyElseIsThere() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        #expect(room.join(3, .a, hasToken: true).actions == [.expel(ConnectionID(1)), left(2), full(2), full(3)])
    }

    @Test func whoWaitsForTheSideWithoutItsTokenGoesToo() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .a)
        #expect(room.join(3, .a, hasToken: true).actions == [.expel(ConnectionID(2)), .expel(ConnectionID(1))])
        #expect(room.holderResponded(1, .a) == [])
        #expect(room.challengeExpired(2, .a) == [])
        #expect(room.state.peers == 1)
    }

    @Test func refsOfAStrangerAreNotTakenForTheHolders() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        #expect(room.send(1, .a, to: .b, "forged", ref: 7).outcome == .stored)
        _ = room.join(2, .a, sid: "s", hasToken: true)
        #expect(room.send(2, .a, to: .b, "true", ref: 7).outcome == .stored)
    }
}
