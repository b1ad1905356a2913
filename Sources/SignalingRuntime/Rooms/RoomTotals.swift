import SignalingCore
import Synchronization

/// What all rooms hold together. Every change of a room is entered here before its lock is given up, so that the gauges are true at
/// every moment and the bound on stored bytes is one for the whole server.
package final class RoomTotals: Sendable {
    let rooms = Atomic<Int>(0)
    let activeRooms = Atomic<Int>(0)
    let peers = Atomic<Int>(0)
    let mailboxMessages = Atomic<Int>(0)
    let mailboxBytes = Atomic<Int>(0)
    let heldMessages = Atomic<Int>(0)
    let heldBytes = Atomic<Int>(0)
    /// The memory that mailbox items and held frames may take together. Loops that store at the same moment may pass it by one message
    /// each.
    package let maxStoredBytes: Int

    /// What a stored message costs besides its payload: its buffer's storage object, the allocator's rounding and its place in the queue.
    package static let messageOverhead = 160

    package init(maxStoredBytes: Int) { self.maxStoredBytes = maxStoredBytes }

    package struct Snapshot: Sendable, Equatable {
        package var rooms = 0
        package var activeRooms = 0
        package var peers = 0
        package var mailboxMessages = 0
        package var mailboxBytes = 0
        package var heldMessages = 0
        package var heldBytes = 0

        /// What ``maxStoredBytes`` bounds.
        package var storedBytes: Int {
            self.mailboxBytes + self.heldBytes + (self.mailboxMessages + self.heldMessages) * RoomTotals.messageOverhead
        }

        package static let nothing = Snapshot()
    }

    package var snapshot: Snapshot {
        Snapshot(
            rooms: self.rooms.load(ordering: .relaxed), activeRooms: self.activeRooms.load(ordering: .relaxed),
            peers: self.peers.load(ordering: .relaxed), mailboxMessages: self.mailboxMessages.load(ordering: .relaxed),
            mailboxBytes: self.mailboxBytes.load(ordering: .relaxed), heldMessages: self.heldMessages.load(ordering: .relaxed),
            heldBytes: self.heldBytes.load(ordering: .relaxed))
    }

    func hasSpace(for bytes: Int) -> Bool {
        self.snapshot.storedBytes + bytes + Self.messageOverhead <= self.maxStoredBytes
    }

    /// Runs a change of a room's state and enters the difference.
    func track<Result>(_ state: inout RoomState, _ change: (inout RoomState) -> Result) -> Result {
        let before = RoomCounts(state)
        let result = change(&state)
        let after = RoomCounts(state)
        self.add(after.peers - before.peers, to: self.peers)
        self.add(after.active - before.active, to: self.activeRooms)
        self.add(after.mailboxMessages - before.mailboxMessages, to: self.mailboxMessages)
        self.add(after.mailboxBytes - before.mailboxBytes, to: self.mailboxBytes)
        self.add(after.heldMessages - before.heldMessages, to: self.heldMessages)
        self.add(after.heldBytes - before.heldBytes, to: self.heldBytes)
        return result
    }

    /// Takes a room out of the totals that is being forgotten with what it stored.
    func forget(_ state: RoomState) {
        let counts = RoomCounts(state)
        self.add(-counts.mailboxMessages, to: self.mailboxMessages)
        self.add(-counts.mailboxBytes, to: self.mailboxBytes)
    }

    private func add(_ difference: Int, to total: borrowing Atomic<Int>) {
        if difference != 0 { total.add(difference, ordering: .relaxed) }
    }
}

private struct RoomCounts {
    let peers: Int
    let active: Int
    let mailboxMessages: Int
    let mailboxBytes: Int
    let heldMessages: Int
    let heldBytes: Int

    init(_ state: RoomState) {
        self.peers = state.peers
        self.active = state.isDeserted ? 0 : 1
        self.mailboxMessages = state.mailboxMessages
        self.mailboxBytes = state.mailboxBytes
        self.heldMessages = state.heldMessages
        self.heldBytes = state.heldBytes
    }
}
