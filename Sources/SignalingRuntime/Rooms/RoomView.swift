import NIOConcurrencyHelpers
package import SignalingCore
package import SignalingWire
package import WebSocketCore

/// A room seen from outside, for the simulation to compare with what it expects.
package struct RoomView: Sendable, Equatable {
    package var a: ConnectionID?
    package var b: ConnectionID?
    /// What waits for the connections because their queues are full.
    package var backlogA = Backlog()
    package var backlogB = Backlog()
    package var mailbox: MailboxID
    /// Up to which numbers the items of the sides are stored, and how many are not.
    package var storedA: UInt64
    package var storedB: UInt64
    package var unstored: Int
    /// A pairing is under way.
    package var isPaired: Bool

    package func storedUpTo(for side: Side) -> UInt64 { side == .a ? self.storedA : self.storedB }
    package func backlog(of side: Side) -> Backlog { side == .a ? self.backlogA : self.backlogB }

    package typealias Backlog = RoomState.BacklogSize
}

extension Room {
    package var view: RoomView {
        self.contents.withLockedValue {
            RoomView(
                a: $0.state.holder(of: .a), b: $0.state.holder(of: .b), backlogA: $0.state.backlog(of: .a),
                backlogB: $0.state.backlog(of: .b), mailbox: $0.state.mailboxID, storedA: $0.state.storedUpTo(for: .a),
                storedB: $0.state.storedUpTo(for: .b), unstored: $0.state.unstoredItems, isPaired: $0.state.isPaired)
        }
    }
}
