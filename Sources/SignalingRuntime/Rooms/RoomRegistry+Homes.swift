package import ByteStreams
import FairShares
import NIOConcurrencyHelpers
package import SignalingCore
package import SignalingWire
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// Rooms that come to this process and go from it while it runs, as another says: where several share them, and each has some.
extension RoomRegistry {
    /// Takes a room, in place of one of its name that nobody is in any more; false if no further room can be held, or none of its owner's.
    package func take(_ stored: StoredRoom, clock: ServerClock) -> Bool {
        let now = clock.now()
        let state = RoomState(stored, mailboxLimits: self.limits.mailbox, lastActivity: now)
        let room = Room(id: stored.name.id, owner: stored.name.owner, state: state, totals: self.totals)
        return self.shard(room.id).withLockedValue { rooms in
            if let known = rooms.position(of: room.id) {
                let old = rooms[known]
                rooms.remove(at: known)
                old.contents.withLockedValue { self.letGo(&$0) }
            }
            // What it stores was accepted, and counts for those who come.
            guard self.totals.shares.verdict(on: 1, of: .rooms, for: room.owner) == .granted else { return false }
            self.totals.adopt(state, of: room.owner)
            rooms.insert(room.id, room, at: Self.never, now: now)
            return true
        }
    }

    /// What is stored of a room; nil if it is not held.
    package func stored(_ id: RoomID) -> StoredRoom? {
        self.room(id).map { room in room.contents.withLockedValue { $0.state.stored(in: id, of: room.owner) } }
    }

    /// Forgets a room that another has now: its connections are closed, to find it there.
    package func close(_ id: RoomID, _ loop: SignalingLoop) {
        defer { loop.tellEvents(of: id, .a) }
        let isHeld = self.shard(id).withLockedValue { rooms -> Bool in
            guard let known = rooms.position(of: id) else { return false }
            let room = rooms[known]
            rooms.remove(at: known)
            room.contents.withLockedValue { self.empty(&$0, loop) }
            return true
        }
        if isHeld { loop.note([.forgotten]) }
    }

    private func empty(_ contents: inout Room.Contents, _ loop: SignalingLoop) {
        // Who is sent away from it finds it elsewhere, and so does who comes for what it stores.
        if contents.state.isSpent { self.totals.end(contents.state) }
        let members = contents.members
        contents.members = []
        // What comes from them from now on is nobody's, and what they would be told of each other is not so.
        contents.track(self.totals) { state in
            for member in members {
                for side in Side.allCases {
                    state.leave(member.id, side: side, .dismissed, now: loop.clock.now(), actions: &loop.actions)
                }
            }
        }
        loop.actions.removeAll { if case .pairingEnded = $0 { false } else { true } }
        contents.perform(loop)
        for member in members { member.order(loop.context) { $0.close = .goingAway } }
        self.letGo(&contents)
    }
}
