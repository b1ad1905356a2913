import DequeModule
package import EngineScripts
import NIOCore
package import SignalingCore
package import SignalingWire
package import TimeKeeping

/// The rooms that this node is home of: which change of them becomes which call, and which calls have come to what. Pure.
///
/// Positions are those of a room: each counts its own changes.
package struct Homes: Sendable {
    package enum Order: Sendable {
        /// Comes to a reply (`replied`) or to none (`unanswered`).
        case call(RoomCall, RoomID, number: UInt64)
        /// What is stored of the room is needed: call `provide`.
        case provide(RoomID)
        case settled(RoomID, JournalOutcome)
        /// Its connections are to come back, and what they find is another's: nothing more is accepted.
        case close(RoomID, nowAt: NodeID?)
        /// It is released, and need not be remembered.
        case gone(RoomID)
    }

    package enum Standing: Sendable, Equatable {
        case home
        /// It may be another's by now: those who are attached are served, and nobody else.
        case inDoubt
        case notHome
    }

    package struct Limits: Sendable {
        package var rooms = 65_536
        /// Changes that wait in all rooms together, and the bytes of their items.
        package var changes = 65_536
        package var bytes = 64 << 20
        package var callsUnderWay = 256

        package init() {}
    }

    package static let mostItemsInCall = 64
    package static let mostBytesInCall = 256 << 10
    /// Until an item is refused that could not be stored.
    package static let patience = TimeSpan.seconds(2)
    /// Until a connection has joined its room that was told that it is here; after that it never does.
    package static let joinTime = TimeSpan.seconds(5)
    /// After an event by which rooms may be taken: whoever had decided to take one by then has done so, or gave up.
    static let aftermath = RoomSearch.time + .seconds(1)

    private let times: RoomTimes
    private let limits: Limits
    private var rooms: [RoomID: HomeRoom] = [:]
    /// With something to do, each once.
    private var ready = Deque<RoomID>()
    private var listed: Set<RoomID> = []
    /// In which something waits.
    private var waiting: Set<RoomID> = []
    private var keeps = Deque<Due>()
    private var earlyKeeps = Deque<Due>()
    /// When a room may be released in which nobody came that was expected.
    private var expectations = Deque<Due>()
    /// Rooms that are taken before this time are looked at early.
    private var doubtsUntil: MonotonicTime?
    /// Nil while nothing can be called.
    private var own: NodeID?
    private var lastNumber: UInt64 = 0
    private var underWay: Set<UInt64> = []
    private var changes = 0
    private var bytes = 0
    private var rest = Rest()

    /// Pauses between calls that an engine refuses, each twice as long as the one before.
    private struct Rest {
        static let shortest = TimeSpan.milliseconds(250)
        static let longest = TimeSpan.seconds(2)

        var until: MonotonicTime?
        private var next = Self.shortest

        mutating func begin(_ now: MonotonicTime) {
            self.until = now + self.next
            self.next = min(self.next * 2, Self.longest)
        }

        mutating func endIfOver(_ now: MonotonicTime) {
            if let until = self.until, now >= until { self.until = nil }
        }

        mutating func forget() { self.next = Self.shortest }
    }

    /// What is due in a room, unless it went meanwhile.
    private struct Due {
        let room: RoomID
        let since: HomeEpoch
        let due: MonotonicTime

        /// Whether somebody is expected in the room until then, and not for longer.
        func isLast(in room: HomeRoom?) -> Bool {
            guard let room, room.began == self.since else { return false }
            return room.expected?.until == self.due
        }
    }

    package init(times: RoomTimes, limits: Limits = Limits()) {
        self.times = times
        self.limits = limits
    }

    package var count: Int { self.rooms.count }
    package var hasSpace: Bool { self.rooms.count < self.limits.rooms }
    package var callsUnderWay: Int { self.underWay.count }
    package var changesWaiting: (count: Int, bytes: Int) { (self.changes, self.bytes) }

    /// As what this node is home of a room, if it believes to be.
    package func home(of room: RoomID) -> RoomHome? { self.rooms[room].flatMap { $0.isReleasing ? nil : $0.home } }

    package func standing(of room: RoomID, _ life: NodeLife, now: MonotonicTime) -> Standing {
        guard let found = self.rooms[room], !found.isReleasing else { return .notHome }
        return found.isCertain && life.isUndisputed(now: now) ? .home : .inDoubt
    }

    // MARK: - Rooms

    /// The room is this node's from now on, with what the engine has of it, unless it was before; false, and it is not, if there are too many.
    /// Nobody is in it yet, but the connection is expected for which it was claimed.
    package mutating func take(_ stored: StoredRoom, _ home: RoomHome, now: MonotonicTime) -> Bool {
        let id = stored.name.id
        if let room = self.rooms[id], !room.isReleasing {
            // It was, and somebody's search claimed it once more.
            self.change(id) { $0.claimedAgain(home, now: now) }
            self.expect(id, now: now)
            return true
        }
        guard self.rooms[id] != nil || self.hasSpace else { return false }
        self.remove(id)
        self.rooms[id] = HomeRoom(stored, home: home, now: now)
        self.scheduleKeep(id, home.epoch, now)
        self.expect(id, now: now)
        return true
    }

    /// A connection was told that its room is here. It joins within `joinTime`, or never: until then the room is not released.
    package mutating func expect(_ id: RoomID, now: MonotonicTime) {
        guard let room = self.rooms[id], !room.isReleasing else { return }
        let due = now + Self.joinTime
        self.change(id) { $0.expect(until: due) }
        if room.expected?.until == due { return }
        // Those that later ones followed are cleared away once they are the larger part.
        if self.expectations.count > 4 * self.rooms.count + 1024 { self.expectations.removeAll { !$0.isLast(in: self.rooms[$0.room]) } }
        self.expectations.append(Due(room: id, since: room.began, due: due))
    }

    /// The room is another's that asked for it: as this node drains.
    package mutating func giveUp(_ room: RoomID, orders: inout [Order]) {
        guard self.rooms[room] != nil else { return }
        self.remove(room)
        orders.append(.close(room, nowAt: nil))
    }

    /// Somebody was told that this node is not home of a room, and may take it even if it becomes so in the meantime.
    package mutating func refusedAsNotHome(now: MonotonicTime) { self.doubtsUntil = now + Self.aftermath }

    // MARK: - Changes

    /// Takes an item that is to be stored; nil if none is taken now.
    package mutating func record(_ item: StoredItem, now: MonotonicTime) -> JournalPosition? {
        let bytes = item.payload.readableBytes
        guard self.changes < self.limits.changes, self.bytes + bytes <= self.limits.bytes else { return nil }
        return self.change(item.room.id) { $0.record(item, now: now) }
    }

    /// Takes a change of a room that nobody waits for. A room that stands without being deserted has somebody in it: one of those expected.
    package mutating func note(_ change: StoredChange, in room: RoomID, now: MonotonicTime) {
        switch change {
        case .acknowledged(_, let side, let seq): self.change(room) { $0.acknowledged(side, upTo: seq) }
        case .roomStands(_, let standing):
            self.change(room) {
                if standing.desertedSince == nil { $0.entered() }
                $0.stand(standing, now: now)
                if standing.desertedSince != nil { $0.deserted(isWorthKeeping: true, now: now) }
            }
        case .forgotten: self.change(room) { $0.deserted(isWorthKeeping: false, now: now) }
        case .minted, .redeemed, .freed, .item: break
        }
    }

    // MARK: - The engine

    /// Nothing can be called: the engine is away, or this node has no name. What was called and has no reply yet is `unanswered`.
    package mutating func pause() { self.own = nil }

    /// The node's lease is renewed, or it has another name.
    ///
    /// - Parameter allInDoubt: Any room may have been taken meanwhile.
    package mutating func resume(as own: NodeID, allInDoubt: Bool, now: MonotonicTime) {
        if self.own == own, !allInDoubt { return }
        self.own = own
        if allInDoubt {
            self.doubtsUntil = now + Self.aftermath
            for (id, room) in self.rooms { self.earlyKeeps.append(Due(room: id, since: room.began, due: now + Self.aftermath)) }
            for id in self.rooms.keys { self.change(id) { $0.doubt(isCertain: false) } }
        } else {
            for id in self.rooms.keys { self.list(id) }
        }
    }

    /// The node's name is nobody's any more.
    package mutating func lapsed() {
        self.pause()
        for id in self.rooms.keys { self.change(id) { $0.doubt(isCertain: false) } }
    }

    /// A room may be another's, as that says.
    package mutating func doubt(_ room: RoomID) { self.change(room) { $0.doubt(isCertain: false) } }

    /// What is to be called now.
    package mutating func pump(orders: inout [Order]) {
        guard let own = self.own, self.rest.until == nil else { return }
        while self.underWay.count < self.limits.callsUnderWay, let id = self.ready.popFirst() {
            self.listed.remove(id)
            self.lastNumber += 1
            if self.rooms[id]?.asksForContent() == true {
                orders.append(.provide(id))
            } else if let call = self.rooms[id]?.nextCall(as: own, number: self.lastNumber, times: self.times) {
                self.underWay.insert(self.lastNumber)
                orders.append(.call(call, id, number: self.lastNumber))
            }
        }
    }

    /// What is stored of a room, without what is not confirmed yet.
    package mutating func provide(_ stored: StoredRoom, orders: inout [Order]) {
        let id = stored.name.id
        self.lastNumber += 1
        guard let own = self.own, let call = self.rooms[id]?.adopt(stored, as: own, number: self.lastNumber, times: self.times) else {
            return
        }
        self.underWay.insert(self.lastNumber)
        orders.append(.call(call, id, number: self.lastNumber))
    }

    package mutating func replied(
        _ reply: RoomReply, to number: UInt64, of room: RoomID, _ nodes: LivingNodes, now: MonotonicTime, orders: inout [Order]
    ) {
        self.underWay.remove(number)
        switch reply {
        // These take memory: it has some.
        case .stored(.stored), .claimed(.claimed): self.rest.forget()
        default: break
        }
        guard let own = nodes.own ?? self.own else {
            self.change(room) { $0.unanswered() }
            return
        }
        let turn = self.change(room) { $0.replied(reply, to: number, as: own, nodes, now: now) }
        switch turn {
        case nil, .goesOn: break
        case .written: if let outcome = self.rooms[room]?.outcome { orders.append(.settled(room, outcome)) }
        case .lost(let node):
            self.remove(room)
            orders.append(.close(room, nowAt: node))
        case .gone:
            self.remove(room)
            orders.append(.gone(room))
        }
        self.pump(orders: &orders)
    }

    /// The call had no reply: whether it was carried out, nobody knows.
    package mutating func unanswered(_ number: UInt64, of room: RoomID) {
        self.underWay.remove(number)
        guard self.rooms[room]?.call?.number == number else { return }
        self.change(room) { $0.unanswered() }
    }

    /// The engine refused the call, and would refuse others: it is full, for one. None is made for a while.
    package mutating func refused(_ number: UInt64, of room: RoomID, now: MonotonicTime) {
        self.underWay.remove(number)
        if self.rooms[room]?.call?.number == number { self.change(room) { $0.refused() } }
        if self.rest.until == nil { self.rest.begin(now) }
    }

    /// Refuses what has waited too long, keeps rooms, waits no more for those who were expected, and makes calls. To be called several
    /// times a second.
    package mutating func tick(now: MonotonicTime, orders: inout [Order]) {
        self.rest.endIfOver(now)
        let recorded = MonotonicTime(nanoseconds: now.nanoseconds - Self.patience.nanoseconds)
        for id in self.waiting where self.change(id, { $0.refuse(before: recorded) }) == true {
            if let outcome = self.rooms[id]?.outcome { orders.append(.settled(id, outcome)) }
        }
        while let keep = self.earlyKeeps.first, keep.due <= now {
            self.earlyKeeps.removeFirst()
            if self.rooms[keep.room]?.began == keep.since { self.change(keep.room) { $0.keepIsDue() } }
        }
        while let keep = self.keeps.first, keep.due <= now {
            self.keeps.removeFirst()
            guard let room = self.rooms[keep.room], room.began == keep.since else { continue }
            self.change(keep.room) { $0.keepIsDue() }
            self.keeps.append(Due(room: keep.room, since: keep.since, due: now + self.keepTime))
        }
        while let expectation = self.expectations.first, expectation.due <= now {
            self.expectations.removeFirst()
            if expectation.isLast(in: self.rooms[expectation.room]) { self.change(expectation.room) { $0.expectationEnds() } }
        }
        self.pump(orders: &orders)
    }

    // MARK: - Within

    private var keepTime: TimeSpan { TimeSpan(nanoseconds: self.times.life.nanoseconds / 3) }

    private mutating func scheduleKeep(_ id: RoomID, _ since: HomeEpoch, _ now: MonotonicTime) {
        // Rooms that went are cleared away once they are the larger part.
        if self.keeps.count + self.earlyKeeps.count > 4 * self.rooms.count + 1024 {
            self.keeps.removeAll { self.rooms[$0.room]?.began != $0.since }
            self.earlyKeeps.removeAll { self.rooms[$0.room]?.began != $0.since }
        }
        self.keeps.append(Due(room: id, since: since, due: now + self.keepTime))
        if let until = self.doubtsUntil, now < until { self.earlyKeeps.append(Due(room: id, since: since, due: now + Self.aftermath)) }
    }

    private mutating func list(_ id: RoomID) {
        if self.listed.insert(id).inserted { self.ready.append(id) }
    }

    @discardableResult
    private mutating func change<Result>(_ id: RoomID, _ body: (inout HomeRoom) -> Result) -> Result? {
        guard let index = self.rooms.index(forKey: id) else { return nil }
        let (count, bytes) = (self.rooms.values[index].waitingCount, self.rooms.values[index].waitingBytes)
        let result = body(&self.rooms.values[index])
        let room = self.rooms.values[index]
        self.changes += room.waitingCount - count
        self.bytes += room.waitingBytes - bytes
        if room.waitingCount > 0 { self.waiting.insert(id) } else { self.waiting.remove(id) }
        self.list(id)
        return result
    }

    private mutating func remove(_ id: RoomID) {
        guard let room = self.rooms.removeValue(forKey: id) else { return }
        self.changes -= room.waitingCount
        self.bytes -= room.waitingBytes
        self.waiting.remove(id)
        if let number = room.call?.number { self.underWay.remove(number) }
    }
}
