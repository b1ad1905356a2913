import ByteStreams
import FairShares
import NIOConcurrencyHelpers
package import NetworkAddresses
package import SignalingCore
package import SignalingWire
import Synchronization
package import TimeKeeping
package import WebSocketCore
package import WebSocketServer

extension RoomID: TableKey {
    /// Clients choose appIDs, so the hash is keyed by the process's random seed: nobody can aim at one bucket.
    package var tableHash: UInt32 {
        let hash = UInt(bitPattern: self.hashValue)
        return UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
    }
}

/// All rooms by name. Joining, leaving and sweeping take the lock of a room's shard and then the room's own; relaying takes only the
/// latter, through the handle a connection has held since it joined.
package final class RoomRegistry: Sendable {
    package struct Limits: Sendable {
        /// How long a deserted room's mailboxes are kept after its last activity.
        package var roomTTL: TimeSpan
        package var mailbox: Mailbox.Limits

        package init(roomTTL: TimeSpan, mailbox: Mailbox.Limits) {
            self.roomTTL = roomTTL
            self.mailbox = mailbox
        }
    }

    typealias Shard = ExpiringTable<RoomID, Room>

    /// A room that somebody is in has no deadline.
    static let never = MonotonicTime(nanoseconds: .max / 2)
    private static let shardCount = 16

    package let limits: Limits
    package let totals: RoomTotals
    let observer: (any RoomObserver)?
    /// Whether it wants to know of everything.
    var isFollowed: Bool { self.observer?.followsEverything == true }
    /// Where what rooms keep is written down, if it is to outlive the process.
    let journal: (any RoomJournal)?
    /// Whether there is one: asked more often than it is used.
    let hasJournal: Bool
    /// Rooms are there until whoever follows them says otherwise (`close`).
    let isForgottenElsewhere: Bool
    private let shards: [NIOLockedValueBox<Shard>]
    /// Counts the rooms that were made, from where nobody else began: ids never repeat here, and not after a restart. They are no secret.
    private let lastMailbox: Synchronization.Atomic<UInt64>
    private let lastConnection = Synchronization.Atomic<UInt64>(0)

    package init(
        limits: Limits, totals: RoomTotals, mailboxSeed: UInt64, observer: (any RoomObserver)? = nil, journal: (any RoomJournal)? = nil
    ) {
        self.journal = journal
        self.hasJournal = journal != nil
        self.isForgottenElsewhere = journal?.followsEveryRoom == true
        self.limits = limits
        self.totals = totals
        self.observer = observer
        self.lastMailbox = .init(mailboxSeed)
        self.shards = (0..<Self.shardCount).map { _ in
            NIOLockedValueBox(Shard(granularity: .milliseconds(250), horizon: .minutes(10)))
        }
    }

    func shard(_ id: RoomID) -> NIOLockedValueBox<Shard> {
        // The table uses the hash's low bits, so the shard is chosen by its high ones.
        self.shards[Int(id.tableHash >> 24) & (Self.shardCount - 1)]
    }

    /// Rooms held, whether anybody is in them or not.
    package var count: Int { self.totals.shares.total(.rooms) }

    /// For a connection that is about to join.
    package func nextConnectionID() -> ConnectionID {
        ConnectionID(self.lastConnection.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    /// The room of that name, if it is held.
    package func room(_ id: RoomID) -> Room? {
        self.shard(id).withLockedValue { rooms in rooms.position(of: id).map { rooms[$0] } }
    }

    /// Adds a room that nobody is in, with what it stores; false if there is one of its name.
    func insert(_ room: Room, _ state: RoomState, now: MonotonicTime) -> Bool {
        self.shard(room.id).withLockedValue { rooms in
            guard rooms.position(of: room.id) == nil else { return false }
            self.totals.adopt(state, of: room.owner)
            rooms.insert(room.id, room, at: state.lastActivity + self.limits.roomTTL, now: now)
            return true
        }
    }

    // MARK: - Joining and leaving

    package enum JoinResult {
        case joined(Membership, JoinOutcome)
        /// No further room can be held, or none for this client.
        case full
        /// The room was here a moment ago, and is not any more: the client is to come back.
        case lost
    }

    /// Gives the connection behind `outbox` a side of a room, or a place to wait for it.
    package func join(
        _ id: RoomID, side: Side, sid: String?, hasToken: Bool = false, client: ClientAddress, outbox: Outbox, _ loop: SignalingLoop
    ) -> JoinResult {
        defer { loop.tellEvents(of: id, side) }
        let now = loop.clock.now()
        return self.shard(id).withLockedValue { rooms -> JoinResult in
            let room: Room
            let known = rooms.position(of: id)
            if let known {
                room = rooms[known]
            } else {
                if self.isForgottenElsewhere { return .lost }
                guard self.totals.shares.take(.rooms, for: client) == .granted else { return .full }
                let mailboxID = MailboxID(self.lastMailbox.wrappingAdd(1, ordering: .relaxed).newValue)
                let state = RoomState(mailboxID: mailboxID, mailboxLimits: self.limits.mailbox, now: now)
                room = Room(id: id, owner: client, state: state, totals: self.totals)
                rooms.insert(id, room, at: Self.never, now: now)
            }
            let outcome = room.contents.withLockedValue { contents -> JoinOutcome in
                loop.actions.removeAll(keepingCapacity: true)
                contents.members.append(outbox)
                let joiner = RoomState.Joiner(id: outbox.id, sid: sid, hasToken: hasToken)
                let standing = self.standing(of: contents.state)
                let outcome = contents.track(self.totals) {
                    $0.join(joiner, side: side, now: now, actions: &loop.actions)
                }
                self.noteStanding(of: contents.state, in: id, after: standing, isArrival: true, loop)
                if outcome == .busy || outcome == .locked { contents.members.removeLast() }
                loop.note(RoomEvent.events(of: outcome, loop.actions))
                contents.perform(loop)
                if contents.state.isBehind(side) { contents.deliver(to: side, self.totals, loop) }
                return outcome
            }
            // Whoever was locked out is not in the room, and never leaves it: a room that was kept goes on expiring.
            if let known, outcome != .locked { rooms.reschedule(known, at: Self.never) }
            return .joined(Membership(room: room, side: side, outbox: outbox, registry: self), outcome)
        }
    }

    /// The connection ended. A room nobody is left in is forgotten, or kept for as long as its mailboxes are worth coming back to.
    func leave(_ membership: Membership, _ departure: Departure, _ loop: SignalingLoop) {
        defer { loop.tellEvents(of: membership.room.id, membership.side) }
        let now = loop.clock.now()
        self.shard(membership.room.id).withLockedValue { rooms in
            let fate = membership.room.contents.withLockedValue { contents -> Fate in
                loop.actions.removeAll(keepingCapacity: true)
                let wasHolder = contents.state.holder(of: membership.side) == membership.outbox.id
                let standing = self.standing(of: contents.state)
                contents.track(self.totals) {
                    $0.leave(membership.outbox.id, side: membership.side, departure, now: now, actions: &loop.actions)
                }
                self.noteStanding(of: contents.state, in: membership.room.id, after: standing, isArrival: false, loop)
                contents.members.removeAll { $0 === membership.outbox }
                if wasHolder { loop.note([.left] + RoomEvent.events(of: loop.actions)) }
                contents.perform(loop)
                // Whoever waited for the side may have it now.
                if contents.state.isBehind(membership.side) { contents.deliver(to: membership.side, self.totals, loop) }
                if contents.state.isSpent {
                    guard self.isForgottenElsewhere else { return .forget }
                    // Somebody may have been told that it is here, and be about to join.
                    if !contents.isForgotten {
                        self.journal?.note(.forgotten(contents.state.mailboxID), in: membership.room.id, now: now)
                    }
                    return .inUse
                }
                guard contents.state.isDeserted else { return .inUse }
                if wasHolder { loop.note([.kept]) }
                return self.isForgottenElsewhere ? .inUse : .keep(until: contents.state.lastActivity + self.limits.roomTTL)
            }
            // A connection that was replaced may end after its room was forgotten, and after another of that name was made.
            guard let position = rooms.position(of: membership.room.id), rooms[position] === membership.room else { return }
            switch fate {
            case .inUse: break
            case .keep(let deadline): rooms.reschedule(position, at: deadline)
            case .forget:
                loop.note([.forgotten])
                rooms.remove(at: position)
                membership.room.contents.withLockedValue { self.forget(&$0, membership.room.id, now: now) }
            }
        }
    }

    /// The room is no more in its shard.
    private func forget(_ contents: inout Room.Contents, _ id: RoomID, now: MonotonicTime) {
        self.totals.end(contents.state)
        self.letGo(&contents)
        guard self.hasJournal, contents.state.wasUsed else { return }
        self.journal?.note(.forgotten(contents.state.mailboxID), in: id, now: now)
    }

    /// The same, without a word to the journal.
    func letGo(_ contents: inout Room.Contents) {
        contents.isForgotten = true
        self.totals.forget(contents.state, of: contents.owner)
    }

    private enum Fate { case inUse, keep(until: MonotonicTime), forget }

    /// Rooms freed at a time, of each shard.
    private static let sweepBatch = 64

    /// Forgets rooms whose time is over, a batch at a time; true while there may be more.
    package func sweep(now: MonotonicTime) -> Bool {
        var isMoreLeft = false
        var forgotten: [RoomID] = []
        for shard in self.shards {
            let swept = shard.withLockedValue { rooms -> Int in
                var swept = 0
                while swept < Self.sweepBatch, let expired = rooms.popExpired(now: now) {
                    expired.value.contents.withLockedValue { self.forget(&$0, expired.key, now: now) }
                    if self.isFollowed { forgotten.append(expired.key) }
                    swept += 1
                }
                return swept
            }
            if swept == Self.sweepBatch { isMoreLeft = true }
        }
        for room in forgotten { self.observer?.observed(.forgotten, in: room, side: nil) }
        return isMoreLeft
    }
}
