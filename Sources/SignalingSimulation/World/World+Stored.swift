import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketServer

/// The end of a process, what its store has then, and what the next one makes of it.
extension World {
    /// Nobody is told anything: the connections end, and the memory is gone.
    func die(_ random: inout SplitMix64) {
        guard let store = self.store else { return }
        // Some hear yet what was said before.
        for link in self.links where random.next() % 2 == 0 { self.download(link, most: .max) }
        // A batch can be on the disk of which nobody was told.
        if random.next() % 2 == 0 { store.write() }
        guard self.violation == nil else { return }
        self.endProcess(downtime: .milliseconds(Int64(random.next() % (random.next() % 4 == 0 ? 60_000 : 2_000))))
    }

    /// The process is over, and another begins.
    func endProcess(downtime: TimeSpan = .seconds(0)) {
        guard let store = self.store else { return self.startServer() }
        let isUndoing = self.isUndoing
        let lost = store.crash()
        if !isUndoing {
            var known = store.disk
            for change in lost { known.apply(change) }
            self.checkStored(known)
        }
        for link in self.links where link.stream.isOpen { self.loops[link.loop].turn { link.connection?.abort() } }
        for loop in self.loops { _ = loop.runReady() }
        self.arrivals = []
        self.inLine = []
        self.removeAllLinks()
        self.clock.advance(by: downtime)
        self.startServer(lost: lost)
    }

    /// Somebody has yet to hear that the store refused what is undone then.
    private var isUndoing: Bool {
        self.storing.contains { $0.pending.contains { $0.isWritten == false } } || self.replies.contains { $0.isWritten == false }
    }

    // MARK: - What is stored is what is known

    /// At rest.
    func checkStoredAtRest() {
        guard let store = self.store, store.isIdle, !store.isFailing else { return }
        self.check(self.storing.allSatisfy(\.pending.isEmpty), "an item was neither accepted nor refused though all is stored")
        self.check(self.replies.isEmpty, "a request was not answered though all is stored")
        self.checkStored(store.disk)
    }

    /// When nobody is left, and the time of everything is over.
    func checkStoreAtEnd() {
        guard let store = self.store else { return }
        store.prune(before: self.unixMilliseconds)
        self.check(store.isIdle, "something waits to be stored for ever")
        self.check(store.disk == StoredState(), "something is left in the store: \(store.disk)")
    }

    /// With what was yet to be written, this is what the store has.
    private func checkStored(_ state: StoredState) {
        var left: [MailboxID: StoredRoom] = [:]
        for room in state.rooms { left[room.name.mailbox] = room }
        for room in self.roomsInOrder where room.wasUsed {
            guard let stored = room.mailbox.flatMap({ left.removeValue(forKey: $0) }) else {
                return self.fail("a room with items is not stored")
            }
            self.checkStored(stored, room)
        }
        self.check(left.isEmpty, "a room is stored that is no more")
        self.checkStoredCodes(state)
    }

    private func checkStored(_ stored: StoredRoom, _ room: RoomModel) {
        for side in Side.allCases {
            let (mailbox, found) = (room[mailbox: side], stored[side])
            self.check(
                found.acknowledged == mailbox.acknowledged,
                "side \(side.name) has acknowledged up to \(mailbox.acknowledged), and up to \(found.acknowledged) as it is stored")
            let items = mailbox.items.dropFirst(Int(mailbox.acknowledged))
            self.check(found.items.elementsEqual(items), "other items wait for side \(side.name) than are stored")
            self.checkRefs(found.accepted, room.numberedRefs(of: side), side)
        }
        self.check(stored.standing.lockedSides == room.locked, "the locked sides of a room are not those that are stored")
        self.check(stored.name.owner == room.owner, "a room is stored as another's")
        let since = stored.standing.desertedSince.map { self.time($0) }
        guard room.isDeserted, !room.isUnvisited else {
            return self.check(since == nil || room.isUnvisited, "a room is stored as one that nobody is in")
        }
        let isRight = since.map { abs(($0 - room.desertedAt).nanoseconds) <= CodeModel.storedSlack.nanoseconds } ?? false
        self.check(isRight, "it is not stored since when nobody is in a room")
    }

    private func checkRefs(_ stored: AcceptedRefs, _ known: RefsModel?, _ side: Side) {
        let isRight = known?.isSame(as: stored) ?? stored.sid.isEmpty
        let right = known.map { "up to \($0.last) of \($0.sid)" } ?? "none"
        self.check(isRight, "refs of side \(side.name) are stored up to \(stored.last) of \(stored.sid); it is \(right)")
    }

    private func checkStoredCodes(_ state: StoredState) {
        var unknown = 0
        var stored: [Code: StoredCode] = [:]
        for code in state.codes where self.time(code.expires) > self.now + CodeModel.storedSlack {
            stored[code.code] = code
            if self.codes.live[code.code]?.room == code.room { continue }
            self.check(!self.codes.rooms.contains(code.room), "code \(code.code.text) is stored though it leads nowhere any more")
            unknown += 1
        }
        self.check(unknown <= self.replies.count(where: \.isMint), "\(unknown) codes are stored that nobody asked for")
        for (code, entry) in self.codes.live where self.now + CodeModel.storedSlack * 2 < entry.expires {
            guard let found = stored[code] else { return self.fail("code \(code.text) is not stored") }
            let isRight =
                found.room == entry.room && found.client == entry.client
                && abs((self.time(found.expires) - entry.expires).nanoseconds) <= CodeModel.storedSlack.nanoseconds * 2
            self.check(isRight, "code \(code.text) is stored as another")
        }
    }

    /// The moment at which the clock on the wall shows this.
    private func time(_ unix: UnixMilliseconds) -> MonotonicTime { self.now + .milliseconds(unix - self.unixMilliseconds) }

    // MARK: - What the next process knows

    /// The server begins with what the store has. All that was said before is true still.
    func adopt(_ disk: StoredState, lost: [StoredChange]) {
        self.check(self.signaling.adopt(disk) == 0, "codes were not taken over")
        self.counts.adoptedCodes = self.signaling.codes.gauges(now: self.now)?.live ?? 0
        var left: [MailboxID: StoredRoom] = [:]
        for room in disk.rooms { left[room.name.mailbox] = room }
        for room in self.roomsInOrder {
            let stored = room.mailbox.flatMap { left.removeValue(forKey: $0) }
            if let stored { self.checkPromises(stored, room) }
            let isPromised = room[mailbox: .a].lastSeq > 0 || room[mailbox: .b].lastSeq > 0
            self.check(stored != nil || !isPromised, "a room is gone with what was accepted in it")
            let numbered = (a: room[mailbox: .a].items, b: room[mailbox: .b].items)
            room.forgetConnections()
            guard let stored else {
                self.forget(room)
                continue
            }
            self.restore(stored, room, numbered.a, numbered.b)
        }
        for stored in disk.rooms where left[stored.name.mailbox] != nil {
            let isForgotten = lost.contains(.forgotten(stored.name.mailbox))
            self.check(isForgotten, "a room was stored that nobody knows")
            let room = RoomModel(id: stored.name.id, owner: stored.name.owner, now: self.now)
            // It is there again, under the id that clients may have been told.
            room.isMailboxKnown = self.mailboxes.contains(stored.name.mailbox)
            self.add(room)
            self.restore(stored, room, Self.numbered(stored.a), Self.numbered(stored.b))
        }
        self.codes = CodeModel(self.codes, disk, { self.time($0) }, now: self.now) { self.fail($0) }
    }

    /// What was acknowledged is known no more.
    private static func numbered(_ side: StoredSide) -> [ByteBuffer] {
        [ByteBuffer](repeating: ByteBuffer(), count: Int(side.acknowledged)) + side.items
    }

    private func restore(_ stored: StoredRoom, _ room: RoomModel, _ a: [ByteBuffer], _ b: [ByteBuffer]) {
        let items = [Side.a: Array(a.prefix(stored.a.count)), .b: Array(b.prefix(stored.b.count))]
        room.restore(stored, items: items, desertedAt: stored.standing.desertedSince.map { min(self.now, self.time($0)) } ?? self.now)
        room.real = self.signaling.rooms.room(room.id)
        self.check(room.mailbox == stored.name.mailbox, "a stored room was not taken over, or as another")
    }

    private func checkPromises(_ stored: StoredRoom, _ room: RoomModel) {
        for side in Side.allCases {
            let (mailbox, found) = (room[mailbox: side], stored[side])
            self.check(found.acknowledged <= mailbox.acknowledged, "more is stored as acknowledged than side \(side.name) has acknowledged")
            let isThere = UInt64(found.count) >= mailbox.lastSeq
            self.check(isThere, "items were accepted up to \(mailbox.lastSeq), and stored up to \(found.count)")
            self.check(found.count <= mailbox.items.count, "items are stored that nobody sent")
            let items = mailbox.items.prefix(found.count).dropFirst(Int(found.acknowledged))
            self.check(found.items.elementsEqual(items), "items are stored as others")
            // Where the lock of a side is not stored yet, the refs of the stranger before are there still.
            guard stored.standing.lockedSides.contains(side) == room.locked.contains(side) else { continue }
            self.checkRefs(found.accepted, room.numberedRefs(of: side) { $0.seq <= UInt64(stored[$0.recipient].count) }, side)
        }
        let locks = stored.standing.lockedSides
        self.check(locks.isSubset(of: room.locked), "a side is stored as locked, and is not")
        self.check(locks.isSuperset(of: room.storedLocks), "a side is not locked any more")
    }
}

extension StoredSide {
    /// Items that were ever stored.
    fileprivate var count: Int { Int(self.acknowledged) + self.items.count }
}
