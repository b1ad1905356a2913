import SignalingCore
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

/// Two connections for one side: resumption by `sid`, and the challenge of a holder that may be dead.
@Suite struct RoomTakeoverTests {
    // MARK: - The same sid

    @Test func theSameSidResumesAndTheOtherSideIsToldNothing() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        _ = room.join(2, .b)
        let resumed = room.join(3, .a, sid: "s")
        #expect(resumed.outcome == .seated)
        #expect(resumed.actions == [close(1, .replaced), full(3)])
        #expect(room.relay(2, .b, "x") == forward(3))
        #expect(room.relay(1, .a, "late") == .ignore)
        // The replaced connection's own end is nothing to the room.
        #expect(room.leave(1, .a) == [])
        #expect(room.state.peers == 2)
        #expect(room.leave(3, .a) == [left(2)])
    }

    @Test func framesHeldForTheOtherSidePassOn() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        #expect(room.relay(1, .a, "offer") == .hold)
        #expect(room.join(2, .a, sid: "s").actions == [close(1, .replaced)])
        #expect(room.leave(1, .a) == [])
        #expect(room.relay(2, .a, "ice") == .hold)
        #expect(room.join(3, .b).actions == [full(2), full(3), frame(3, "offer"), frame(3, "ice")])
    }

    @Test func theBoundOnHeldFramesSpansTheResumption() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        for _ in 0..<200 { #expect(room.relay(1, .a, "x") == .hold) }
        _ = room.join(2, .a, sid: "s")
        for _ in 0..<56 { #expect(room.relay(2, .a, "x") == .hold) }
        #expect(room.relay(2, .a, "x") == .refuse)
    }

    @Test func aResumptionIsTheSamePairing() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        _ = room.join(2, .b)
        room.advance(.seconds(3))
        _ = room.join(3, .a, sid: "s")
        room.advance(.seconds(1))
        #expect(room.established(3) == .seconds(4))
        _ = room.join(4, .a, sid: "s")
        #expect(room.established(4) == nil)
    }

    @Test(arguments: [nil, "", "other", "S"] as [String?])
    func anythingElseIsAChallenge(_ sid: String?) {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        let second = room.join(2, .a, sid: sid)
        #expect(second.outcome == .waiting && second.actions == [probe(1)])
    }

    @Test func emptySidsAreNotTheSame() {
        for sid in [nil, ""] as [String?] {
            var room = RoomHarness()
            _ = room.join(1, .a, sid: sid)
            #expect(room.join(2, .a, sid: sid).outcome == .waiting)
        }
    }

    @Test func aResumptionAnswersTheChallenge() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        _ = room.join(2, .b)
        #expect(room.join(3, .a).outcome == .waiting)
        #expect(room.join(4, .a, sid: "s").actions == [close(1, .replaced), close(3, .policyViolation), full(4)])
        #expect(room.challengeExpired(3, .a) == [])
        #expect(room.state.holder(of: .a) == ConnectionID(4))
    }

    // MARK: - The challenge

    @Test func aHolderThatAnswersStays() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        let challenger = room.join(3, .a)
        #expect(challenger.outcome == .waiting && challenger.actions == [probe(1)])
        #expect(room.state.peers == 2)
        #expect(room.holderResponded(1, .a) == [close(3, .policyViolation)])
        // A late timer, the challenger's end, another pong: nothing.
        #expect(room.challengeExpired(3, .a) == [])
        #expect(room.leave(3, .a) == [])
        #expect(room.holderResponded(1, .a) == [])
        #expect(room.relay(1, .a, "x") == forward(2))
    }

    @Test func aHolderThatDoesNotAnswerDeparts() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        _ = room.join(3, .a)
        room.advance(RoomState.challengeTime)
        #expect(room.challengeExpired(3, .a) == [close(1, .unresponsive), left(2), admit(3), full(2), full(3)])
        #expect(room.leave(1, .a) == [])
        #expect(room.holderResponded(1, .a) == [])
        #expect(room.relay(2, .b, "x") == forward(3))
        // A new pairing.
        room.advance(.seconds(1))
        #expect(room.established(3) == .seconds(1))
    }

    @Test func evictionWithNobodyAcross() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        #expect(room.relay(1, .a, "offer of the dead") == .hold)
        _ = room.join(2, .a)
        #expect(room.challengeExpired(2, .a) == [close(1, .unresponsive), admit(2)])
        // What the evicted connection had held went with it.
        #expect(room.state.heldBytes == 0)
        #expect(room.join(3, .b).actions == [full(2), full(3)])
    }

    @Test func aHolderTheServerItselfDoesNotReadKeepsItsSide() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .a)
        #expect(room.challengeExpired(2, .a, holderIsPaused: true) == [close(2, .policyViolation)])
        #expect(room.state.holder(of: .a) == ConnectionID(1))
    }

    @Test func aHolderThatLeavesMeanwhileMakesRoom() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        _ = room.join(3, .a)
        #expect(room.leave(1, .a) == [left(2), admit(3), full(2), full(3)])
        #expect(room.challengeExpired(3, .a) == [])
        #expect(room.state.peers == 2)
    }

    @Test func aChallengerThatLeavesIsForgotten() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .a)
        #expect(room.leave(2, .a) == [])
        #expect(room.challengeExpired(2, .a) == [])
        #expect(room.holderResponded(1, .a) == [])
        #expect(room.leave(1, .a) == [])
        #expect(room.state.isSpent)
        #expect(room.join(3, .a).outcome == .seated)
    }

    @Test func oneChallengerASideAtATime() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        _ = room.join(3, .a)
        let second = room.join(4, .a)
        #expect(second.outcome == .busy && second.actions.isEmpty)
        // The other side has a challenge of its own.
        #expect(room.join(5, .b).actions == [probe(2)])
        #expect(room.leave(4, .a) == [])
        #expect(room.holderResponded(1, .a) == [close(3, .policyViolation)])
        let next = room.join(6, .a)
        #expect(next.outcome == .waiting && next.actions == [probe(1)])
        #expect(room.challengeExpired(5, .b) == [close(2, .unresponsive), left(1), admit(5), full(1), full(5)])
    }

    @Test func aChallengersAnswersCountOnlyForTheHolder() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        _ = room.join(3, .a)
        #expect(room.holderResponded(3, .a) == [])
        #expect(room.holderResponded(2, .a) == [])
        #expect(room.holderResponded(2, .b) == [])
        #expect(room.relay(3, .a, "too early") == .ignore)
        #expect(room.challengeExpired(1, .a) == [])
        #expect(room.challengeExpired(3, .a).first == close(1, .unresponsive))
    }

    @Test func bothSidesMayBeEvictedOneAfterTheOther() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        _ = room.join(3, .a)
        _ = room.join(4, .b)
        #expect(room.challengeExpired(3, .a) == [close(1, .unresponsive), left(2), admit(3), full(2), full(3)])
        #expect(room.challengeExpired(4, .b) == [close(2, .unresponsive), left(3), admit(4), full(3), full(4)])
        #expect(room.state.peers == 2)
    }
}
