import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping
import WebSocketServer

/// Who sits where. The server is asked, room by room, after everything that can change it; what follows from a change is the
/// contract's to say.
extension World {
    /// After something happened that concerns this room.
    func follow(_ room: RoomModel) {
        // A connection can outlast its room: another of that name is not its.
        guard self.rooms[room.id] === room else { return }
        guard let view = room.real?.view else { return }
        let before = (room[seat: .a], room[seat: .b])
        let after = (self.link(view.a), self.link(view.b))
        let changedA = before.0 !== after.0
        let changedB = before.1 !== after.1
        if changedA { self.change(room, .a, to: after.0) }
        if changedB { self.change(room, .b, to: after.1) }
        if changedA, changedB {
            for link in [before.0, before.1, after.0, after.1] { link?.isPresenceLoose = true }
            room.isPairingUnsure = !room.isDeserted
        }
        for link in [after.0, after.1] {
            guard let link, link.isWaiting, link.handler.standing != .waiting else { continue }
            link.isWaiting = false
            // What it sent while it waited is read now.
            if link.handler.standing == .open { self.consume(link) }
        }
        if room.isDeserted { self.followLife(of: room) }
    }

    func followAll() {
        for room in self.roomsInOrder { self.follow(room) }
    }

    /// The rooms in which timers or orders can have changed something: a connection began to end or was let in, or somebody asks for a side.
    func followChanged() {
        for link in self.links {
            let standing = link.handler.standing
            guard standing != link.lastStanding || link.isWaiting else { continue }
            link.lastStanding = standing
            self.follow(link.room)
        }
    }

    private func change(_ room: RoomModel, _ side: Side, to newcomer: Link?) {
        let old = room[seat: side]
        let other = room[seat: side.other]
        room[seat: side] = newcomer
        if let old {
            if let newcomer, newcomer.isSuccessor(of: old) {
                // A resumption: the other side hears nothing, and what was held for it goes on waiting.
                old.wasReplaced = true
                newcomer.held = old.held
                newcomer.heldBytes = old.heldBytes
                if other != nil { newcomer.expect(.roomFull) }
            } else {
                other?.expect(.peerLeft)
                if let newcomer { self.checkEviction(of: old, by: newcomer) }
            }
            old.held = []
            old.heldBytes = 0
        }
        guard let newcomer else {
            if room.isDeserted {
                room.pairing = nil
                room.isPairingUnsure = false
                room.desertedAt = self.time.now
            }
            return
        }
        newcomer.isListening = room[mailbox: side].count == 0
        newcomer.seatedAck = room[mailbox: side].acknowledged
        if let old, newcomer.isSuccessor(of: old) { return }
        guard let other else { return }
        room.pairing = .init()
        room.isPairingUnsure = false
        other.expect(.roomFull)
        newcomer.expect(.roomFull)
        for (payload, opcode) in other.held { newcomer.expect(.relay(payload, opcode)) }
        other.held = []
        other.heldBytes = 0
    }

    /// Whoever keeps its side as it should has two seconds to answer a challenger.
    private func checkEviction(of old: Link, by newcomer: Link) {
        let patience = TimeSpan.seconds(self.profile.heartbeatSeconds * 2)
        let isLeaving =
            old.endedByClient || old.isConsumed || old.violation != nil || old.wire.holdsViolation() || old.mayBeFull
            || self.hub.phase == .draining
            || old.longestSilence >= patience || old.longestStall >= patience
        let waited = self.time.now - newcomer.openedAt
        self.check(isLeaving || waited >= .seconds(2), "\(old.name) lost its side \(waited.milliseconds) ms after it was asked for")
    }

    /// Whether the room is kept for as long as it must be, and not longer than it may.
    private func followLife(of room: RoomModel) {
        if self.hub.rooms.room(room.id) != nil {
            return self.check(room.wasUsed, "a room that nobody is in and nothing waits in is kept")
        }
        if room.wasUsed {
            let end = room.desertedAt + .seconds(self.profile.roomTTLSeconds)
            self.check(self.time.now >= end, "a room's mailboxes were forgotten \((end - self.time.now).milliseconds) ms before their time")
        }
        self.forget(room)
    }
}

extension Link {
    func isSuccessor(of old: Link) -> Bool {
        guard let sid = self.sid, !sid.isEmpty else { return false }
        return sid == old.sid && self.tookOver
    }
}
