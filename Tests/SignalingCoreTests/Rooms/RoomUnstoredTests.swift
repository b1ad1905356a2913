import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingWire
import Testing

/// Stored before said: what becomes of items between their numbers and the store's word.
@Suite struct RoomUnstoredTests {
    @Test func nothingIsSaidBeforeItIsStored() {
        var room = Self.pair()
        #expect(room.number(1, .a, to: .b, "x", ref: 1, at: 1) == (.numbered, []))
        #expect(room.deliver(.b).actions == [])
        #expect(room.state.mailboxMessages == 1 && room.state.mailboxBytes == 1)
        #expect(room.settled(written: 1) == [accepted(1, 1), item(2, 1, "x", .deliver)])
        #expect(room.settled(written: 1) == [])
    }

    @Test func severalAreConfirmedAtOnceAndInOrder() {
        var room = Self.pair()
        for number in UInt64(1)...3 { #expect(room.number(1, .a, to: .b, "\(number)", ref: number, at: number * 10).outcome == .numbered) }
        #expect(room.number(2, .b, to: .a, "back", ref: 7, at: 40).outcome == .numbered)
        #expect(room.settled(written: 9) == [])
        #expect(room.settled(written: 25) == [accepted(1, 1), accepted(1, 2), item(2, 1, "1", .deliver), item(2, 2, "2", .deliver)])
        #expect(room.settled(written: 40) == [accepted(1, 3), accepted(2, 7), item(1, 1, "back", .deliver), item(2, 3, "3", .deliver)])
    }

    @Test func whatIsNotStoredCanNotBeAcknowledged() {
        var room = Self.pair()
        _ = room.number(1, .a, to: .b, "x", at: 1)
        room.delivered(2, .b, .max)
        room.hello(2, .b, .max)
        #expect(room.state.mailboxMessages == 1)
        #expect(room.settled(written: 1) == [item(2, 1, "x", .deliver)])
        room.delivered(2, .b, 1)
        #expect(room.state.mailboxMessages == 0)
    }

    @Test func aRepeatedRefWaitsBehindItsOriginal() {
        var room = Self.pair()
        _ = room.number(1, .a, to: .b, "x", ref: 1, at: 1)
        #expect(room.number(1, .a, to: .b, "x", ref: 1, at: 2) == (.awaited, []))
        #expect(room.settled(written: 1) == [accepted(1, 1), item(2, 1, "x", .deliver)])
        #expect(room.number(1, .a, to: .b, "x", ref: 1, at: 3) == (.repeated, [accepted(1, 1)]))
    }

    @Test func aRefBelowOneThatWaitsIsOutOfOrder() {
        var room = Self.pair()
        _ = room.number(1, .a, to: .b, "x", ref: 5, at: 1)
        #expect(room.number(1, .a, to: .b, "y", ref: 4, at: 2) == (.mailboxFull, []))
    }

    @Test func theResponseGoesToTheConnectionThatItsClientCameBackWith() {
        var room = Self.pair()
        _ = room.number(1, .a, to: .b, "x", ref: 1, at: 1)
        _ = room.join(3, .a, sid: "a")
        #expect(room.number(3, .a, to: .b, "x", ref: 1, at: 2) == (.awaited, []))
        #expect(room.settled(written: 1) == [accepted(3, 1), item(2, 1, "x", .deliver)])
    }

    @Test func anotherClientIsToldNothingOfIt() {
        var room = Self.pair()
        _ = room.number(1, .a, to: .b, "x", ref: 1, at: 1)
        _ = room.leave(1, .a)
        _ = room.join(3, .a, sid: "c")
        #expect(room.settled(written: 1) == [item(2, 1, "x", .deliver)])
        // It is its own ref 1.
        #expect(room.number(3, .a, to: .b, "y", ref: 1, at: 2).outcome == .numbered)
        #expect(room.settled(written: 2) == [accepted(3, 1), item(2, 2, "y", .deliver)])
    }

    @Test func whatIsRefusedWasNeverThere() {
        var room = Self.pair()
        for number in UInt64(1)...3 { _ = room.number(1, .a, to: .b, "\(number)", ref: number, at: number) }
        _ = room.number(2, .b, to: .a, "back", at: 4)
        #expect(
            room.settled(written: 1, refused: 4)
                == [accepted(1, 1), unstored(1, 2), unstored(1, 3), unstored(2, nil), item(2, 1, "1", .deliver)])
        #expect(room.state.mailboxMessages == 1 && room.state.mailboxBytes == 1)
        // Its numbers are given out again, and so are its refs.
        #expect(room.number(1, .a, to: .b, "2", ref: 2, at: 5).outcome == .numbered)
        #expect(room.settled(written: 5, refused: 4) == [accepted(1, 2), item(2, 2, "2", .deliver)])
    }

    @Test func whatTheJournalDoesNotTakeLeavesNoTrace() {
        var room = Self.pair()
        #expect(room.number(1, .a, to: .b, "x", ref: 1, at: nil).outcome == .numbered)
        #expect(room.state.mailboxMessages == 0 && !room.state.wasUsed)
        #expect(room.number(1, .a, to: .b, "x", ref: 1, at: 1).outcome == .numbered)
        #expect(room.settled(written: 1) == [accepted(1, 1), item(2, 1, "x", .deliver)])
    }

    @Test func aStrangersItemsAreNotTheOwnersDoing() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "a")
        _ = room.number(1, .a, to: .b, "x", ref: 1, at: 1)
        _ = room.join(2, .a, sid: "a", hasToken: true)
        #expect(room.settled(written: 1) == [])
        #expect(room.number(2, .a, to: .b, "y", ref: 1, at: 2).outcome == .numbered)
        #expect(room.settled(written: 2) == [accepted(2, 1)])
    }

    @Test func whatTheStoreHasIsWhatTheRoomIs() throws {
        var room = Self.pair()
        let owner = ClientAddress.v4(1)
        var stored = StoredState()
        for (number, text) in ["1", "2", "3"].enumerated() {
            _ = room.number(1, .a, to: .b, text, ref: UInt64(number + 1), at: UInt64(number + 1))
            stored.apply(.item(try #require(room.state.lastUnstored(in: RoomID(high: 1, low: 2), of: owner))))
        }
        _ = room.settled(written: 3)
        room.delivered(2, .b, 2)
        stored.apply(.acknowledged(RoomHarness.mailbox, .b, upTo: 2))
        var again = room
        again.state = RoomState(try #require(stored.rooms.first), mailboxLimits: .init(messages: 9, bytes: 99), lastActivity: room.now)
        #expect(again.state.mailboxMessages == 1 && again.state.wasUsed && again.state.isDeserted)
        _ = again.join(5, .b, sid: "b")
        #expect(again.hello(5, .b, 2, mailbox: .named(RoomHarness.mailbox)) == [mailbox(5, 2)])
        #expect(again.deliver(.b).actions == [item(5, 3, "3", .deliver)])
        _ = again.join(6, .a, sid: "a")
        #expect(again.send(6, .a, to: .b, "3", ref: 3) == (.repeated, [accepted(6, 3)]))
    }

    private static func pair() -> RoomHarness {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "a")
        _ = room.join(2, .b, sid: "b")
        return room
    }
}
