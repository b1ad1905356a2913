import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketCore

/// What the store does, and what the contract makes of it: nothing is said before it is stored.
extension World {
    /// The store does something else than to write what comes at once.
    func actOnStore(_ random: inout SplitMix64) {
        guard let store = self.store else { return }
        let time = TimeSpan.milliseconds(Int64(random.next() % 6_000))
        switch random.next() % 8 {
        case 0, 1: store.slowDown(until: self.now + time)
        case 2: store.fail(until: self.now + time, now: self.now) { self.noteRefused() }
        case 3:
            store.write()
            store.slowDown(until: self.now + time)
        case 4, 5:
            self.sayWritten()
            store.write()
            self.sayWritten()
        case 6: if !store.isFailing { _ = store.recover() }
        default: self.abandonReply(&random)
        }
    }

    /// What the store does of itself by now; false if that is nothing.
    func runStore() -> Bool {
        guard let store = self.store, store.isReady(now: self.now), store.recover() else { return false }
        self.sayWritten()
        while store.journal.hasWork {
            store.write()
            self.sayWritten()
        }
        return true
    }

    /// Nothing is wrong with the store any more, and all is written.
    func calmStore() {
        guard let store = self.store else { return }
        self.runLoops()
        self.check(store.recover(), "somebody has not undone what was refused")
        self.runLoops()
    }

    private func sayWritten() { self.store?.say(now: self.now) { self.noteWritten($0) } }

    // MARK: - Items

    /// The first item that waits in the room is accepted, and whoever sent it is told.
    func acceptFirst(in room: RoomModel) {
        let item = room.acceptFirst()
        if let ref = item.ref { room.present(item)?.responses.append(.accepted(ref)) }
    }

    func isStoring(in room: RoomModel) {
        if !self.storing.contains(where: { $0 === room }) { self.storing.append(room) }
    }

    /// After what a loop has done that may have been told what is stored.
    func followStored() {
        for room in self.storing { self.followStored(in: room) }
        self.storing.removeAll { $0.pending.isEmpty }
    }

    private func followStored(in room: RoomModel) {
        guard self.rooms[room.id] === room, let view = room.real?.view else { return room.forgetPending() }
        while let first = room.pending.first, first.seq <= view.storedUpTo(for: first.recipient) {
            self.check(first.isWritten == true, "item \(first.seq) for \(first.recipient.name) was accepted before it was stored")
            self.acceptFirst(in: room)
        }
        guard view.unstored < room.pending.count else { return }
        for item in room.refuseAll() {
            let isRefused = item.isWritten == false
            self.check(isRefused, "item \(item.seq) for \(item.recipient.name) was given up though the store did not refuse it")
            // Without a number the response is for the connection alone.
            let receiver = room[seat: item.sender]?.id == item.link ? room[seat: item.sender] : room.present(item)
            receiver?.responses.append(.error(.mailboxFull, ref: item.ref))
        }
    }

    // MARK: - What the store says

    private func noteWritten(_ changes: [StoredChange]) {
        for change in changes {
            switch change {
            case .item(let item):
                guard let room = self.rooms[item.room.id], room.mailbox == item.room.mailbox else { continue }
                room.note(isWritten: true, of: (item.recipient, item.seq))
            case .minted(let code):
                // Where somebody was told of it before, it was given back.
                if !self.codes.rooms.contains(code.room) { self.noteWritten { $0.minted(code) } }
            case .redeemed(let code, let room, _): self.noteWritten { $0.redeemed(code, room) }
            case .freed, .acknowledged, .roomStands, .forgotten: break
            }
        }
    }

    /// The next of the replies that wait is this one.
    private func noteWritten(_ isNext: (Reply) -> Bool) {
        guard let reply = self.replies.first(where: { $0.isWritten == nil && isNext($0) }) else {
            return self.fail("something was written about a code that nobody asked for")
        }
        reply.isWritten = true
    }

    private func noteRefused() {
        for room in self.storing { room.note(isWritten: false) }
        for reply in self.replies where reply.isWritten == nil { reply.isWritten = false }
    }
}
