import NIOConcurrencyHelpers
import SignalingRuntime
import SignalingWire

/// Which sides were given to whoever waited for them. Seats are looked at between turns, and such a one can be taken and left within one.
final class Admissions: RoomObserver {
    private let sides = NIOLockedValueBox<[RoomID: Set<Side>]>([:])

    func observed(_ event: RoomEvent, in room: RoomID, side: Side?) {
        guard event == .admitted, let side else { return }
        self.sides.withLockedValue { _ = $0[room, default: []].insert(side) }
    }

    /// Those of this room since it was asked last.
    func take(_ room: RoomID) -> Set<Side> { self.sides.withLockedValue { $0.removeValue(forKey: room) } ?? [] }

    func forgetAll() { self.sides.withLockedValue { $0 = [:] } }
}
