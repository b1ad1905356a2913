import NIOConcurrencyHelpers
import SignalingRuntime
import SignalingWire

/// What happens with sides within a turn. Seats are looked at between turns, and within one a side can be taken and left, or go to another
/// between two frames for it.
final class Admissions: RoomObserver {
    private let sides = NIOLockedValueBox<[RoomID: Set<Side>]>([:])

    /// Called when a side goes to another, or to nobody. A world and its server are used by one thread from their making to their end.
    nonisolated(unsafe) var sideChanged: ((RoomID, Side) -> Void)?

    func observed(_ event: RoomEvent, in room: RoomID, side: Side?) {
        guard let side else { return }
        switch event {
        case .joined, .tookOver, .evicted, .admitted, .expelled, .left: self.sideChanged?(room, side)
        case .challenged, .turnedAway, .lockedOut, .paired, .framesHeld, .itemStored, .kept, .forgotten, .pairingEnded: return
        }
        if event == .admitted { self.sides.withLockedValue { _ = $0[room, default: []].insert(side) } }
    }

    /// The sides of this room that were given to whoever waited for them since it was asked last.
    func take(_ room: RoomID) -> Set<Side> { self.sides.withLockedValue { $0.removeValue(forKey: room) } ?? [] }

    func forgetAll() { self.sides.withLockedValue { $0 = [:] } }
}
