import SignalingCore
import SignalingWire
import Testing
import WebSocketCore

/// What waits in the room for a connection whose queue has no space for it.
@Suite struct RoomBacklogTests {
    /// A has sent two frames, and B has come, whose queue takes nothing yet.
    private func behind(sid: String? = nil) -> RoomHarness {
        var room = RoomHarness()
        room.hasSpace = false
        _ = room.join(1, .a)
        #expect(room.relay(1, .a, "one") == .hold && room.relay(1, .a, "two") == .hold)
        #expect(room.join(2, .b, sid: sid).actions == [full(1), full(2)])
        return room
    }

    @Test func heldFramesGoOutAsTheQueueTakesThem() {
        var room = self.behind()
        #expect(room.state.isBehind(.b) && !room.state.isBehind(.a) && room.state.heldMessages == 2 && room.state.heldBytes == 6)
        #expect(room.deliver(.b, budget: 0) == ([], true))
        // A frame that is longer than what is left goes out too.
        #expect(room.deliver(.b, budget: 1) == ([frame(2, "one")], true))
        #expect(room.state.heldBytes == 3)
        #expect(room.deliver(.b, budget: 100) == ([frame(2, "two")], false))
        #expect(!room.state.isBehind(.b) && room.state.heldMessages == 0)
        #expect(room.relay(1, .a, "three") == forward(2))
    }

    @Test func whatFollowsComesBehindThem() {
        var room = self.behind()
        #expect(room.relay(1, .a, "three") == .queue)
        // The other direction is not behind.
        #expect(room.relay(2, .b, "back") == forward(1))
        #expect(room.leave(1, .a) == [])
        #expect(room.join(3, .a).actions == [full(3)])
        #expect(room.relay(3, .a, "four") == .queue)
        let (actions, isMoreLeft) = room.deliver(.b)
        #expect(actions == [frame(2, "one"), frame(2, "two"), frame(2, "three"), left(2), full(2), frame(2, "four")] && !isMoreLeft)
    }

    @Test func itemsComeBehindThemToo() {
        var room = self.behind()
        #expect(room.send(1, .a, to: .b, "item").outcome == .stored)
        #expect(room.deliver(.b, budget: 4) == ([frame(2, "one"), frame(2, "two")], true))
        #expect(room.deliver(.b) == ([item(2, 1, "item")], false))
    }

    @Test func theyGoWithTheConnectionTheyAreFor() {
        var room = self.behind()
        #expect(room.leave(2, .b) == [left(1)])
        #expect(room.state.heldMessages == 0 && room.state.heldBytes == 0)
        #expect(room.join(3, .b).actions == [full(1), full(3)])
        #expect(room.deliver(.b) == ([], false))
    }

    @Test func whoTakesOverGoesOnWhereTheOldConnectionWas() {
        var room = self.behind(sid: "s")
        _ = room.deliver(.b, budget: 1)
        let (outcome, actions) = room.join(3, .b, sid: "s")
        #expect(outcome == .seated && actions == [close(2, .replaced), full(3)])
        #expect(room.state.backlog(of: .b).inherited == 1)
        #expect(room.deliver(.b) == ([frame(3, "two")], false))
        #expect(room.relay(1, .a, "three") == forward(3))
    }

    @Test func whoTakesOverIsToldOfPeersInTheOrderInWhichTheyCameAndLeft() {
        var room = self.behind(sid: "s")
        _ = room.leave(1, .a)
        // The frames are those of the peer that was there when they were sent.
        #expect(room.join(3, .b, sid: "s").actions == [close(2, .replaced), full(3)])
        #expect(room.deliver(.b) == ([frame(3, "one"), frame(3, "two"), left(3)], false))

        room = self.behind(sid: "s")
        _ = room.deliver(.b, budget: 6)
        #expect(room.join(3, .b, sid: "s").actions == [close(2, .replaced), full(3)])

        room = self.behind(sid: "s")
        _ = room.leave(1, .a)
        _ = room.join(4, .a)
        #expect(room.join(3, .b, sid: "s").actions == [close(2, .replaced), full(3)])
        #expect(room.deliver(.b) == ([frame(3, "one"), frame(3, "two"), left(3), full(3)], false))
    }

    @Test func aCrowdThatComesAndGoesIsNotHeapedUp() {
        var room = self.behind()
        var closes: [RoomAction] = room.leave(1, .a)
        for id in UInt64(10)..<600 {
            closes += room.join(id, .a).actions.filter { $0 != full(id) }
            closes += room.leave(id, .a)
        }
        #expect(closes.first == close(2, .slowConsumer))
    }
}

private func == (one: (actions: [RoomAction], isMoreLeft: Bool), other: ([RoomAction], Bool)) -> Bool {
    one.actions == other.0 && one.isMoreLeft == other.1
}
