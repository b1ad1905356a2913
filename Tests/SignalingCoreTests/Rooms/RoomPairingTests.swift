import SignalingCore
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

@Suite struct RoomPairingTests {
    @Test func bothAreToldOnceWhenBothArePresent() {
        var room = RoomHarness()
        let first = room.join(1, .a)
        #expect(first.outcome == .seated && first.actions.isEmpty)
        #expect(room.state.peers == 1 && !room.state.isDeserted)
        let second = room.join(2, .b)
        #expect(second.outcome == .seated && second.actions == [full(1), full(2)])
        #expect(room.state.peers == 2)
        #expect(room.state.holder(of: .a) == ConnectionID(1) && room.state.holder(of: .b) == ConnectionID(2))
    }

    @Test func theOneWhoStaysHearsOfTheDepartureAndOfTheNextPairing() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        #expect(room.leave(2, .b) == [left(1)])
        #expect(room.join(3, .b).actions == [full(1), full(3)])
        #expect(room.leave(1, .a) == [left(3)])
        #expect(room.leave(3, .b) == [])
        #expect(room.state.isDeserted && room.state.isSpent)
    }

    @Test func leavingTwiceOrWithoutASideIsNothing() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        #expect(room.leave(7, .a) == [])
        #expect(room.leave(1, .b) == [])
        #expect(room.leave(1, .a) == [left(2)])
        #expect(room.leave(1, .a) == [])
        #expect(room.state.peers == 1)
    }

    @Test func framesGoAcross() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        #expect(room.relay(1, .a, "x") == forward(2))
        #expect(room.relay(2, .b, "x") == forward(1))
        #expect(room.relay(2, .a, "x") == .ignore)
        #expect(room.relay(9, .b, "x") == .ignore)
    }

    // MARK: - Held frames

    @Test func heldFramesFollowRoomFullInOrder() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        for text in ["offer", "ice 1", "ice 2"] { #expect(room.relay(1, .a, text) == .hold) }
        #expect(room.state.heldBytes == 15)
        #expect(room.join(2, .b).actions == [full(1), full(2), frame(2, "offer"), frame(2, "ice 1"), frame(2, "ice 2")])
        #expect(room.state.heldBytes == 0)
        #expect(room.relay(1, .a, "ice 3") == forward(2))
        // Handed over once: the next peer gets what is sent from now on.
        _ = room.leave(2, .b)
        #expect(room.relay(1, .a, "ice 4") == .hold)
        #expect(room.join(3, .b).actions == [full(1), full(3), frame(3, "ice 4")])
    }

    @Test func heldFramesGoWithTheirSender() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        #expect(room.relay(1, .a, "offer") == .hold)
        _ = room.leave(1, .a)
        #expect(room.state.heldBytes == 0)
        #expect(room.join(2, .b).actions == [])
        #expect(room.join(3, .a).actions == [full(2), full(3)])
    }

    @Test func atMost256FramesAreHeld() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        for number in 0..<256 { #expect(room.relay(1, .a, "\(number)") == .hold) }
        #expect(room.relay(1, .a, "256") == .refuse)
        #expect(room.join(2, .b).actions == [full(1), full(2)] + (0..<256).map { frame(2, "\($0)") })
        _ = room.leave(2, .b)
        #expect(room.relay(1, .a, "again") == .hold)
    }

    @Test func atMostOneMebibyteIsHeld() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        #expect(room.relay(1, .a, String(repeating: "x", count: (1 << 20) - 10)) == .hold)
        #expect(room.relay(1, .a, String(repeating: "x", count: 11)) == .refuse)
        #expect(room.relay(1, .a, String(repeating: "x", count: 10)) == .hold)
        #expect(room.relay(1, .a, "x") == .refuse)
        #expect(room.relay(1, .a, "") == .hold)
        #expect(room.state.heldBytes == 1 << 20)
    }

    @Test func nothingIsHeldWhereTheServerHoldsAllItMay() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        #expect(room.relay(1, .a, "x", mayHold: false) == .refuse)
        _ = room.join(2, .b)
        #expect(room.relay(1, .a, "x", mayHold: false) == forward(2))
    }

    // MARK: - Telemetry

    @Test func aPairingIsEstablishedOnceAndCountedFromRoomFull() {
        var room = RoomHarness()
        #expect(room.established() == nil)
        _ = room.join(1, .a)
        room.advance(.seconds(30))
        #expect(room.established() == nil)
        _ = room.join(2, .b)
        room.advance(.milliseconds(750))
        #expect(room.established() == .milliseconds(750))
        #expect(room.established() == nil)
    }

    @Test func aPairingFailsOnceAndMayStillBeEstablished() {
        var room = RoomHarness()
        #expect(room.failed() == false)
        _ = room.join(1, .a)
        #expect(room.failed() == false)
        _ = room.join(2, .b)
        #expect(room.failed() == true)
        #expect(room.failed() == false)
        #expect(room.established() == TimeSpan(nanoseconds: 0))
    }

    @Test func theNextPairingCountsAfresh() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        _ = room.established()
        #expect(room.failed() == true)
        _ = room.leave(2, .b)
        // Whoever stays may still report on the pairing that was, but not a second time.
        #expect(room.established() == nil)
        room.advance(.seconds(9))
        _ = room.join(3, .b)
        room.advance(.seconds(1))
        #expect(room.established() == .seconds(1))
        #expect(room.failed() == true)
        _ = room.leave(1, .a)
        _ = room.leave(3, .b)
        #expect(room.failed() == false)
    }

    // MARK: - Activity

    @Test func activityIsWhatConnectionsDo() {
        var room = RoomHarness()
        let start = room.now
        #expect(room.state.lastActivity == start)
        func touched(_ room: inout RoomHarness, _ body: (inout RoomHarness) -> Void) -> Bool {
            room.advance(.seconds(1))
            body(&room)
            return room.state.lastActivity == room.now
        }
        #expect(touched(&room) { _ = $0.join(1, .a) })
        #expect(touched(&room) { _ = $0.relay(1, .a, "x") })
        #expect(touched(&room) { $0.hello(1, .a) })
        #expect(touched(&room) { _ = $0.send(1, .a, to: .b, "x") })
        #expect(touched(&room) { $0.delivered(1, .a, 1) })
        #expect(touched(&room) { _ = $0.leave(1, .a) })
        #expect(!touched(&room) { _ = $0.leave(1, .a) })
        #expect(!touched(&room) { _ = $0.relay(1, .a, "x") })
        #expect(!touched(&room) { $0.hello(1, .a) })
        #expect(!touched(&room) { $0.delivered(1, .a, 1) })
        #expect(!touched(&room) { _ = $0.send(1, .a, to: .b, "x") })
    }
}
