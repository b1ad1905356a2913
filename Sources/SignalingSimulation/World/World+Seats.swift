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
        // Whoever goes on where another has left or was replaced may end with that, in the same turn: what was kept of it comes before.
        self.consumeKept(of: Side.allCases.compactMap { room[seat: $0] })
        // A room that is over within the call that made it was never seen.
        let view = room.real?.view
        let before = (room[seat: .a], room[seat: .b])
        let after = (self.link(view?.a), self.link(view?.b))
        let changedA = before.0 !== after.0
        let changedB = before.1 !== after.1
        let admitted = self.admissions.take(room.id)
        let passing = [(Side.a, before.0, after.0), (.b, before.1, after.1)].compactMap { side, old, new in
            old != nil && new == nil && admitted.contains(side) ? self.passing(side, of: room) : nil
        }
        if !passing.isEmpty { self.followPassing(passing, others: [after.0, after.1].compactMap { $0 }) }
        for link in [after.0, after.1].compactMap({ $0 }) { self.followAhead(link) }
        if changedA, changedB { room.pairing?.isUnsure = true }
        if room[seat: .a] !== after.0 { self.give(.a, of: room, to: after.0) }
        if room[seat: .b] !== after.1 { self.give(.b, of: room, to: after.1) }
        if changedA, changedB {
            for link in [before.0, before.1, after.0, after.1] + passing { link?.isPresenceLoose = true }
            room.isRoundUnsure = !room.isDeserted
            self.followUnsurePairing(of: room, isPaired: view?.isPaired == true)
        }
        for link in room.seated {
            link.handledAtChange = nil
            self.check(link.unexplained == nil, "\(link.name) got a diagnosis that nothing called for: \(link.unexplained ?? "")")
        }
        self.followReleased(in: room)
        room.backlogs = view.map { [.a: $0.backlogA, .b: $0.backlogB] } ?? [:]
        if room.isDeserted { self.followLife(of: room) }
    }

    /// In the midst of a turn a side goes to another, or to nobody: what the connection on the other side has sent so far came before. It may
    /// have gone on because whom it waited for has drained, or because it has left; or have its own side since this turn.
    func noteChange(of side: Side, in id: RoomID) {
        guard let room = self.rooms[id] else { return }
        let view = room.real?.view
        for link in [room[seat: side.other], self.link(side == .a ? view?.b : view?.a)] where link?.handledAtChange == nil {
            link?.handledAtChange = link?.connection?.bytesHandled
        }
    }

    /// Whoever waited for the side that it was given, and whose frames went to one that has left the other side since, in the same turn.
    private func followAhead(_ link: Link) {
        guard link.isWaiting, let before = link.handledAtChange, before > link.consumedBytes else { return }
        if link.room[seat: link.side] !== link { self.give(link.side, of: link.room, to: link) }
        self.consumeReleased(link)
    }

    private func consumeReleased(_ link: Link) {
        link.room.released.removeAll { $0 === link }
        link.isWaiting = false
        self.consume(link)
    }

    /// The other side of a connection's room goes to whoever has it now.
    func followOther(of link: Link) {
        let (room, side) = (link.room, link.side.other)
        guard self.rooms[room.id] === room, let view = room.real?.view else { return }
        let holder = self.link(side == .a ? view.a : view.b)
        guard room[seat: side] !== holder, room[seat: link.side] === link else { return }
        // What was kept of whoever had it came before it left.
        self.consumeKept(of: [room[seat: side]].compactMap { $0 })
        if room[seat: side] !== holder { self.give(side, of: room, to: holder) }
    }

    /// Whoever waited for the side and was given it, of those who have ended: the last one that waited; those before it were turned away.
    private func passing(_ side: Side, of room: RoomModel) -> Link? {
        self.links.last {
            $0.room === room && $0.side == side && $0.isWaiting && $0.progress != .held && $0 !== room[seat: side]
        }
    }

    /// Some were given their sides, and have ended by what they had sent meanwhile, all within one turn: they had them, and the other side was
    /// told so. Of such a turn all that is decided by time comes before any of them reads, so what one sent is for whoever was let in on the
    /// other side.
    private func followPassing(_ passing: [Link], others: [Link]) {
        for link in passing + others where link.room[seat: link.side] !== link { self.give(link.side, of: link.room, to: link) }
        for link in passing { self.consumeReleased(link) }
    }

    /// Whoever waited for the side that it was given, and has heard of it by now: what it sent meanwhile is read then, and before it hears
    /// that another has the side already.
    private func followReleased(in room: RoomModel) {
        for link in room.released where link.progress != .held {
            room.released.removeAll { $0 === link }
            link.isWaiting = false
            if link.progress == .open || link.progress == .closing { self.consume(link) }
        }
    }

    func followAll() {
        for room in self.roomsInOrder { self.follow(room) }
    }

    /// The rooms in which timers or orders can have changed something: a connection began to end or was let in, or somebody asks for a side.
    func followChanged() { self.followChanged(self.links) }

    func followChanged(_ links: [Link]) {
        self.consumeKept()
        for link in links {
            let progress = link.progress
            guard progress != link.lastProgress || link.isWaiting || link.isKept else { continue }
            link.lastProgress = progress
            self.follow(link.room)
        }
    }

    /// What the contract says follows from a side's going to this connection, or to none.
    func give(_ side: Side, of room: RoomModel, to newcomer: Link?) {
        let old = room[seat: side]
        let other = room[seat: side.other]
        room[seat: side] = newcomer
        if newcomer != nil { room.isUnvisited = false }
        if let old {
            if let newcomer, newcomer.isSuccessor(of: old) {
                // A resumption: the other side hears nothing, and what was held for it goes on waiting.
                old.wasReplaced = true
                newcomer.held = old.held
                newcomer.heldBytes = old.heldBytes
                self.passOnBacklog(of: old, to: newcomer, isPeerThere: other != nil)
            } else {
                other?.expect(.peerLeft)
                if let newcomer { self.checkEviction(of: old, by: newcomer) }
                self.followDeparture(of: old, to: newcomer)
            }
            old.held = []
            old.heldBytes = 0
        } else if newcomer?.locks == true {
            room.pairing?.disown(side)
        }
        guard let newcomer else {
            if room.isDeserted { room.desertedAt = self.now }
            return
        }
        if newcomer.isWaiting { room.released.append(newcomer) }
        newcomer.isListening = room[mailbox: side].count == 0
        newcomer.seatedAck = room[mailbox: side].acknowledged
        if let old, newcomer.isSuccessor(of: old) { return }
        guard let other else { return }
        if room.pairing == nil { room.pairing = PairingModel() } else { room.pairing?.came(side) }
        room.isRoundUnsure = false
        other.expect(.roomFull)
        newcomer.expect(.roomFull)
        for (kind, payload, opcode) in other.held {
            newcomer.expect(.relay(payload, opcode))
            room.pairing?.sent(kind, by: side.other)
        }
        other.held = []
        other.heldBytes = 0
    }

    // MARK: - Pairings

    /// The side's connection is gone; the side itself may be another's at once.
    private func followDeparture(of old: Link, to newcomer: Link?) {
        let room = old.room
        guard room.pairing != nil else { return }
        // Nobody else was there in between, if only for a moment: but for the stranger that had to go first.
        if let newcomer, newcomer.isWaiting, !newcomer.locks { return }
        if newcomer?.locks == true { room.pairing?.disown(old.side) }
        let departure = newcomer?.locks == true ? .dismissed : self.departure(of: old)
        guard room[seat: old.side.other] != nil else { return self.endPairing(in: room, departure) }
        room.pairing?.left(old.side, departure ?? .closed)
        if departure == nil, room.pairing?.dependsOnDeparture == true { room.pairing?.isUnsure = true }
        guard let diagnosis = room.pairing?.news(), room.pairing?.isUnsure == false else { return }
        room[seat: old.side.other]?.expect(.diagnosis(diagnosis))
    }

    /// How a connection that had a side has ended; nil where the client may have been as quick as the server that ends.
    private func departure(of link: Link) -> Departure? {
        if self.requests.isDraining { return nil }
        return link.isConsumed && link.violation == nil ? .closed : .broken
    }

    /// Nobody is left who could report on it.
    private func endPairing(in room: RoomModel, _ departure: Departure?) {
        guard let pairing = room.pairing else { return }
        room.pairing = nil
        room.isRoundUnsure = false
        let outcomes = Set((departure.map { [$0] } ?? Departure.allCases).map { pairing.outcome($0) })
        guard !pairing.isUnsure, outcomes.count == 1 else {
            self.counts.unsurePairings += 1
            return
        }
        for case let outcome? in outcomes { self.counts.pairings[outcome, default: 0] += 1 }
    }

    /// In one turn both sides changed: one pairing may have ended, and another begun.
    private func followUnsurePairing(of room: RoomModel, isPaired: Bool) {
        self.counts.unsurePairings += 1
        if !isPaired { room.pairing = nil } else if room.pairing == nil { room.pairing = PairingModel() }
        room.pairing?.isUnsure = true
    }

    /// What waited in the room for the old connection is the newcomer's, who begins where that was: it is told that its peer is there, if the
    /// old one has not been told otherwise before what waits.
    private func passOnBacklog(of old: Link, to newcomer: Link, isPeerThere: Bool) {
        let count = newcomer.room.backlogs[newcomer.side]?.entries ?? 0
        let backlog = newcomer.room.real?.view.backlog(of: newcomer.side) ?? RoomView.Backlog()
        self.check(backlog.inherited <= count, "\(newcomer.name) took over \(backlog.inherited) frames where \(count) waited")
        let rest = old.takeRest(diagnoses: backlog.inheritedDiagnoses, others: backlog.inherited - backlog.inheritedDiagnoses)
        let isUnsure = newcomer.room.pairing?.isUnsure ?? true
        self.check(isUnsure || rest.count == backlog.inherited, "\(newcomer.name) took over frames that nobody sent")
        let changes = rest.count(where: \.isPresence)
        if isPeerThere == changes.isMultiple(of: 2) { newcomer.expect(.roomFull) }
        for item in rest { newcomer.expect(item) }
    }

    /// Whoever keeps its side as it should has two seconds to respond to a challenger's probe, unless the side's token is shown.
    private func checkEviction(of old: Link, by newcomer: Link) {
        if newcomer.locks { return }
        let patience = TimeSpan.seconds(self.profile.heartbeatSeconds * 2)
        let isLeaving =
            old.endedByClient || old.isConsumed || old.violation != nil || old.wire.holdsViolation() || old.mayBeFull
            || old.unfinished.map { self.now - $0.since >= .seconds(30) } == true
            || self.requests.isDraining
            || old.longestSilence >= patience || old.longestStall >= patience
        let waited = self.now - newcomer.openedAt
        self.check(isLeaving || waited >= .seconds(2), "\(old.name) lost its side \(waited.milliseconds) ms after it was asked for")
    }

    /// Whether the room is kept for as long as it must be, and not longer than it may.
    private func followLife(of room: RoomModel) {
        if self.signaling.rooms.room(room.id) != nil {
            return self.check(room.wasUsed || room.mayLinger, "a room that nobody is in and nothing waits in is kept")
        }
        if room.wasUsed {
            let end = room.desertedAt + .seconds(self.profile.roomTTLSeconds)
            let slack = room.isUnvisited ? CodeModel.storedSlack : .seconds(0)
            self.check(self.now + slack >= end, "a room's mailboxes were forgotten \((end - self.now).milliseconds) ms before their time")
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
