package import FairShares
import NetworkAddresses
import SignalingCore
import Synchronization

/// What all rooms hold together. Every change of a room is entered here before its lock is given up, so that the gauges are true at
/// every moment and the bound on stored bytes is one for the whole server.
package final class RoomTotals: Sendable {
    let activeRooms = Atomic<Int>(0)
    let peers = Atomic<Int>(0)
    let pairings = Atomic<Int>(0)
    /// Rooms that are gone, by whether both sides were ever there at once.
    private let endedPaired = Atomic<Int>(0)
    private let endedAlone = Atomic<Int>(0)
    let mailboxMessages = Atomic<Int>(0)
    let mailboxBytes = Atomic<Int>(0)
    let heldMessages = Atomic<Int>(0)
    let heldBytes = Atomic<Int>(0)
    /// Who made the rooms, and whose the memory is that mailbox items and held frames take. Loops that store at the same moment may pass its
    /// bound by one message each.
    let shares: ClientShares

    /// What a stored message costs besides its payload: its buffer's storage object, the allocator's rounding and its place in the queue.
    package static let messageOverhead = 160

    package init(_ shares: ClientShares) { self.shares = shares }

    package struct Snapshot: Sendable, Equatable {
        package var rooms = 0
        package var activeRooms = 0
        package var peers = 0
        package var pairings = 0
        package var mailboxMessages = 0
        package var mailboxBytes = 0
        package var heldMessages = 0
        package var heldBytes = 0

        /// What the bound on stored bytes is for.
        package var storedBytes: Int {
            self.mailboxBytes + self.heldBytes + (self.mailboxMessages + self.heldMessages) * RoomTotals.messageOverhead
        }

        package static let nothing = Snapshot()
    }

    package var snapshot: Snapshot {
        Snapshot(
            rooms: self.shares.total(.rooms), activeRooms: self.activeRooms.load(ordering: .relaxed),
            peers: self.peers.load(ordering: .relaxed), pairings: self.pairings.load(ordering: .relaxed),
            mailboxMessages: self.mailboxMessages.load(ordering: .relaxed),
            mailboxBytes: self.mailboxBytes.load(ordering: .relaxed), heldMessages: self.heldMessages.load(ordering: .relaxed),
            heldBytes: self.heldBytes.load(ordering: .relaxed))
    }

    /// Whether a message of this size may be stored in a room that this client made.
    func hasSpace(for bytes: Int, of owner: ClientAddress) -> Bool {
        self.shares.verdict(on: bytes + Self.messageOverhead, of: .storedBytes, for: owner) == .granted
    }

    /// Runs a change of the state of a room that this client made, and enters the difference.
    func track<Result>(_ state: inout RoomState, of owner: ClientAddress, _ change: (inout RoomState) -> Result) -> Result {
        let before = RoomCounts(state)
        let result = change(&state)
        let after = RoomCounts(state)
        self.shares.change(.storedBytes, by: after.stored - before.stored, for: owner)
        self.add(after.peers - before.peers, to: self.peers)
        self.add(after.pairings - before.pairings, to: self.pairings)
        self.add(after.active - before.active, to: self.activeRooms)
        self.add(after.mailboxMessages - before.mailboxMessages, to: self.mailboxMessages)
        self.add(after.mailboxBytes - before.mailboxBytes, to: self.mailboxBytes)
        self.add(after.heldMessages - before.heldMessages, to: self.heldMessages)
        self.add(after.heldBytes - before.heldBytes, to: self.heldBytes)
        return result
    }

    /// Enters a room that nobody is in, with what it stores.
    func adopt(_ state: RoomState, of owner: ClientAddress) {
        let counts = RoomCounts(state)
        self.shares.change(.rooms, by: 1, for: owner)
        self.shares.change(.storedBytes, by: counts.stored, for: owner)
        self.add(counts.mailboxMessages, to: self.mailboxMessages)
        self.add(counts.mailboxBytes, to: self.mailboxBytes)
    }

    /// Takes a room out of the totals that is being forgotten with what it stored.
    func forget(_ state: RoomState, of owner: ClientAddress) {
        let counts = RoomCounts(state)
        self.shares.give(.rooms, for: owner)
        self.shares.give(.storedBytes, counts.stored, for: owner)
        self.add(-counts.mailboxMessages, to: self.mailboxMessages)
        self.add(-counts.mailboxBytes, to: self.mailboxBytes)
    }

    /// Rooms that have come to their end.
    package struct Ended: Sendable, Equatable {
        package var paired: Int
        package var alone: Int

        package init(paired: Int = 0, alone: Int = 0) {
            self.paired = paired
            self.alone = alone
        }
    }

    package var ended: Ended {
        Ended(paired: self.endedPaired.load(ordering: .relaxed), alone: self.endedAlone.load(ordering: .relaxed))
    }

    /// A room has come to its end, and does not go on elsewhere.
    func end(_ state: RoomState) {
        switch state.company {
        case .paired: self.add(1, to: self.endedPaired)
        case .alone: self.add(1, to: self.endedAlone)
        case nil: break
        }
    }

    private func add(_ difference: Int, to total: borrowing Atomic<Int>) {
        if difference != 0 { total.add(difference, ordering: .relaxed) }
    }
}

private struct RoomCounts {
    let peers: Int
    let pairings: Int
    let active: Int
    let mailboxMessages: Int
    let mailboxBytes: Int
    let heldMessages: Int
    let heldBytes: Int

    /// With the overhead of each message.
    var stored: Int {
        self.mailboxBytes + self.heldBytes + (self.mailboxMessages + self.heldMessages) * RoomTotals.messageOverhead
    }

    init(_ state: RoomState) {
        self.peers = state.peers
        self.pairings = state.isPaired ? 1 : 0
        self.active = state.isDeserted ? 0 : 1
        self.mailboxMessages = state.mailboxMessages
        self.mailboxBytes = state.mailboxBytes
        self.heldMessages = state.heldMessages
        self.heldBytes = state.heldBytes
    }
}
