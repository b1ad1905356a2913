import SignalingCore
import SignalingWire
import Testing

@Suite struct RoomMailboxTests {
    @Test func deliveryStartsWithoutHelloWhereNothingWaited() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        #expect(room.send(1, .a, to: .b, "x").outcome == .stored)
        #expect(room.deliver(.b).actions == [item(2, 1, "x")])
        #expect(room.send(1, .a, to: .b, "y").outcome == .stored)
        #expect(room.deliver(.b).actions == [item(2, 2, "y")])
        #expect(room.deliver(.b).actions == [])
    }

    @Test func aBacklogWaitsForHello() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        #expect(room.send(1, .a, to: .b, "x").outcome == .stored)
        _ = room.join(2, .b)
        #expect(room.deliver(.b).actions == [])
        #expect(room.send(1, .a, to: .b, "y").outcome == .stored)
        #expect(room.deliver(.b).actions == [])
        room.hello(2, .b)
        #expect(room.deliver(.b).actions == [item(2, 1, "x"), item(2, 2, "y")])
        #expect(room.send(1, .a, to: .b, "z").outcome == .stored)
        #expect(room.deliver(.b).actions == [item(2, 3, "z")])
    }

    @Test func helloTrimsAndReplaysWhatIsLeft() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        for number in 1...5 { #expect(room.send(1, .a, to: .b, "\(number)").outcome == .stored) }
        _ = room.join(2, .b)
        room.hello(2, .b, 3)
        #expect(room.state.mailboxMessages == 2)
        #expect(room.deliver(.b).actions == [item(2, 4, "4"), item(2, 5, "5")])
        // Past the end means the end.
        room.hello(2, .b, .max)
        #expect(room.state.mailboxMessages == 0 && room.state.mailboxBytes == 0)
        #expect(room.send(1, .a, to: .b, "6").outcome == .stored)
        #expect(room.deliver(.b).actions == [item(2, 6, "6")])
    }

    @Test func anItemIsSentAtMostOncePerConnection() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        for number in 1...3 { #expect(room.send(1, .a, to: .b, "\(number)").outcome == .stored) }
        #expect(room.deliver(.b).actions.count == 3)
        room.hello(2, .b, 1)
        #expect(room.deliver(.b).actions == [])
        room.hello(2, .b, 0)
        #expect(room.deliver(.b).actions == [])
        #expect(room.send(1, .a, to: .b, "4").outcome == .stored)
        #expect(room.deliver(.b).actions == [item(2, 4, "4")])
    }

    @Test func whatWasNotAcknowledgedComesAgainToTheNextConnection() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        for number in 1...3 { #expect(room.send(1, .a, to: .b, "\(number)").outcome == .stored) }
        _ = room.deliver(.b)
        room.delivered(2, .b, 1)
        _ = room.leave(2, .b)
        _ = room.join(3, .b, sid: "")
        #expect(room.deliver(.b).actions == [])
        room.hello(3, .b, 0)
        #expect(room.deliver(.b).actions == [item(3, 2, "2", .deliver), item(3, 3, "3", .deliver)])
    }

    @Test func aResumptionReplaysToo() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b, sid: "s")
        #expect(room.send(1, .a, to: .b, "1").outcome == .stored)
        #expect(room.deliver(.b).actions == [item(2, 1, "1", .deliver)])
        _ = room.join(3, .b, sid: "s")
        #expect(room.deliver(.b).actions == [])
        room.hello(3, .b)
        #expect(room.deliver(.b).actions == [item(3, 1, "1", .deliver)])
    }

    @Test func everythingAcknowledgedMeansNothingWaits() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        #expect(room.send(1, .a, to: .b, "1").outcome == .stored)
        _ = room.join(2, .b)
        room.delivered(2, .b, 1)
        _ = room.leave(2, .b)
        _ = room.join(3, .b)
        #expect(room.send(1, .a, to: .b, "2").outcome == .stored)
        #expect(room.deliver(.b).actions == [item(3, 2, "2")])
    }

    @Test func acknowledgedBeforeItWasSent() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        for number in 1...3 { #expect(room.send(1, .a, to: .b, "\(number)").outcome == .stored) }
        _ = room.join(2, .b)
        room.delivered(2, .b, 2)
        room.hello(2, .b, 0)
        #expect(room.deliver(.b).actions == [item(2, 3, "3")])
    }

    @Test func onesOwnSideIsAllowed() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        #expect(room.send(1, .a, to: .a, "note to self").outcome == .stored)
        #expect(room.deliver(.a).actions == [item(1, 1, "note to self")])
        #expect(room.deliver(.b).actions == [])
    }

    @Test func theKindFollowsThePresenceOfASid() {
        for (sid, kind) in [(nil, .send), ("", .deliver), ("s", .deliver)] as [(String?, ServerFrame.ItemKind)] {
            var room = RoomHarness()
            _ = room.join(1, .b, sid: sid)
            _ = room.join(2, .a)
            #expect(room.send(2, .a, to: .b, "x").outcome == .stored)
            #expect(room.deliver(.b).actions == [item(1, 1, "x", kind)])
        }
    }

    @Test func aBudgetStopsDeliveryAndTheRestFollowsInOrder() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        for number in 1...5 { #expect(room.send(1, .a, to: .b, "\(number)aaaaaaaaa").outcome == .stored) }
        let first = room.deliver(.b, budget: 15)
        #expect(first.actions == [item(2, 1, "1aaaaaaaaa"), item(2, 2, "2aaaaaaaaa")] && first.isMoreLeft)
        let none = room.deliver(.b, budget: 0)
        #expect(none.actions == [] && none.isMoreLeft)
        let debt = room.deliver(.b, budget: -5)
        #expect(debt.actions == [] && debt.isMoreLeft)
        let rest = room.deliver(.b, budget: 1_000)
        #expect(rest.actions == [item(2, 3, "3aaaaaaaaa"), item(2, 4, "4aaaaaaaaa"), item(2, 5, "5aaaaaaaaa")] && !rest.isMoreLeft)
        // An item as large as the budget and larger still goes: alone.
        #expect(room.send(1, .a, to: .b, String(repeating: "x", count: 100)).outcome == .stored)
        #expect(room.deliver(.b, budget: 1).actions.count == 1)
    }

    @Test func aFullMailboxTellsTheSenderAndKeepsWhatItHas() {
        var room = RoomHarness(messages: 2, bytes: 10)
        _ = room.join(1, .a)
        #expect(room.send(1, .a, to: .b, "12345").outcome == .stored)
        #expect(room.send(1, .a, to: .b, "678901").outcome == .mailboxFull)
        #expect(room.send(1, .a, to: .b, "67890").outcome == .stored)
        #expect(room.send(1, .a, to: .b, "").outcome == .mailboxFull)
        // The other mailbox is not concerned.
        #expect(room.send(1, .a, to: .a, "x").outcome == .stored)
        _ = room.join(2, .b)
        room.hello(2, .b)
        #expect(room.deliver(.b).actions == [item(2, 1, "12345"), item(2, 2, "67890")])
        room.delivered(2, .b, 1)
        #expect(room.send(1, .a, to: .b, "again").outcome == .stored)
        #expect(room.deliver(.b).actions == [item(2, 3, "again")])
    }

    @Test func onlyTheHolderHasASay() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        _ = room.join(2, .a, sid: "s")
        // Replaced a moment ago: said without an error, and without effect.
        #expect(room.send(1, .a, to: .b, "x").outcome == .ignored)
        #expect(room.state.mailboxMessages == 0)
        #expect(room.send(2, .a, to: .b, "y").outcome == .stored)
        room.delivered(1, .b, 1)
        room.hello(2, .b, 1)
        #expect(room.state.mailboxMessages == 1)
    }

    @Test func aRoomWhoseMailboxWasUsedIsWorthKeeping() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        #expect(room.send(1, .a, to: .b, "x").outcome == .stored)
        _ = room.leave(1, .a)
        #expect(room.state.isDeserted && !room.state.isSpent)
        _ = room.join(2, .b)
        room.delivered(2, .b, 1)
        _ = room.leave(2, .b)
        // Empty, but its numbering goes on.
        #expect(room.state.isDeserted && !room.state.isSpent)
        _ = room.join(3, .a)
        #expect(room.send(3, .a, to: .a, "y").outcome == .stored)
        #expect(room.send(3, .a, to: .b, "z").outcome == .stored)
        _ = room.join(4, .b)
        room.hello(4, .b)
        #expect(room.deliver(.b).actions == [item(4, 2, "z")])
    }
}
