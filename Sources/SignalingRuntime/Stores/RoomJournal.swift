package import SignalingCore
package import SignalingWire
package import TimeKeeping

/// Has written down what rooms keep, where that outlives the process. It never waits: it is called under a room's lock.
package protocol RoomJournal: AnyObject, Sendable {
    /// Whether it wants to know of every room who is in it, and not only of those whose mailboxes were used. Then rooms are made by it alone
    /// (`RoomRegistry.take`).
    var followsEveryRoom: Bool { get }

    /// Takes an item, of which the room is told by `settled` what became of it; nil if the store cannot be written, or too much waits: then the
    /// item must not be accepted.
    func record(_ item: StoredItem, for room: Room, _ loop: SignalingLoop) -> JournalPosition?

    /// Takes a change of a room that nobody waits for.
    func note(_ change: StoredChange, in room: RoomID, now: MonotonicTime)
}
