import DequeModule
package import SignalingWire
package import TimeKeeping
package import WebSocketCore

/// One room: who has its two sides, what waits for them, and what follows from every join, frame and departure.
///
/// Pure: time comes in as an argument, and actions are appended to `actions` in the order in which they must happen.
package struct RoomState: Sendable {
    /// How long a side's holder has to respond to the ping of a challenge.
    package static let challengeTime = TimeSpan.seconds(2)

    /// A connection that asks for a side.
    package struct Joiner: Sendable, Equatable {
        package var id: ConnectionID
        /// The `sid` parameter: nil if there was none, which is not the same as an empty one.
        package var sid: String?
        /// Whether it has shown the token of the side.
        package var hasToken: Bool

        package init(id: ConnectionID, sid: String?, hasToken: Bool = false) {
            self.id = id
            self.sid = sid
            self.hasToken = hasToken
        }

        var itemKind: ServerFrame.ItemKind { self.sid == nil ? .send : .deliver }
    }

    struct Holder: Sendable {
        let joiner: Joiner
        /// Whether mailbox items are delivered: from the start if nothing waited, else after `hello`.
        var isListening: Bool
        /// The highest item this connection was given.
        var sentUpTo: UInt64
        var held = HeldFrames()
        /// What waits for this connection; while there is anything, all that comes for it from the room's other side comes behind it.
        var backlog = Backlog()
        /// How much of it the connection took over from the one before, and how many diagnoses are among that.
        var inherited = 0
        var inheritedDiagnoses = 0
    }

    struct Seat: Sendable {
        var holder: Holder?
        var challenger: Joiner?
        /// It was opened with its token: from then on, for as long as the room is kept, it is for those who show it.
        var isLocked = false
        var mailbox = Mailbox()
        var accepted = AcceptedRefs()
    }

    /// Who was ever in the room; nil for nobody, and where that was before this process had it.
    package enum Company: UInt8, Sendable { case alone, paired }

    private var a = Seat()
    private var b = Seat()
    /// Items that have their numbers and are not stored yet, in that order. An empty deque has no storage.
    var unstored = Deque<Unstored>()
    /// From the first `room_full` until nobody is there any more.
    var pairing: Pairing?
    package private(set) var company: Company?
    /// It was used before this process had it.
    var hasEarlierLife = false
    package private(set) var lastActivity: MonotonicTime
    package let mailboxID: MailboxID
    let mailboxLimits: Mailbox.Limits

    /// `mailboxID` must be one that no other room has, and that no earlier room of this name had.
    package init(mailboxID: MailboxID, mailboxLimits: Mailbox.Limits, now: MonotonicTime) {
        self.mailboxID = mailboxID
        self.mailboxLimits = mailboxLimits
        self.lastActivity = now
    }

    /// With a getter: a `_read` takes its frame from the heap at every call.
    subscript(side: Side) -> Seat {
        @inline(__always) get { side == .a ? self.a : self.b }
        _modify { if side == .a { yield &self.a } else { yield &self.b } }
    }

    // MARK: - Counts

    /// Connections that have a side.
    package var peers: Int { (self.a.holder == nil ? 0 : 1) + (self.b.holder == nil ? 0 : 1) }
    package var mailboxMessages: Int { self.a.mailbox.count + self.b.mailbox.count }
    package var mailboxBytes: Int { self.a.mailbox.bytes + self.b.mailbox.bytes }
    /// Frames that wait for somebody to come, or for the queue of somebody who has.
    package var heldMessages: Int { (self.a.holder?.waitingFrames ?? 0) + (self.b.holder?.waitingFrames ?? 0) }
    package var heldBytes: Int { (self.a.holder?.waitingBytes ?? 0) + (self.b.holder?.waitingBytes ?? 0) }
    /// The connection that has a side. (Seat by seat, as the subscript copies one.)
    package func holder(of side: Side) -> ConnectionID? { side == .a ? self.a.holder?.joiner.id : self.b.holder?.joiner.id }
    /// The connection that waits for a side.
    private func challenger(of side: Side) -> ConnectionID? { side == .a ? self.a.challenger?.id : self.b.challenger?.id }
    /// No side has a connection. (A challenger never waits at an empty side.)
    package var isDeserted: Bool { self.a.holder == nil && self.b.holder == nil }
    /// Whether numbering has begun: from then on the room is worth keeping. (Seat by seat, as the subscript copies one.)
    package var wasUsed: Bool { self.a.mailbox.wasUsed || self.b.mailbox.wasUsed }
    /// A pairing is under way.
    package var isPaired: Bool { self.pairing != nil }
    /// Sides that were opened with their token.
    package var lockedSides: Set<Side> { Set(Side.allCases.filter { self[$0].isLocked }) }
    /// No side has a connection, and there is no mailbox to come back to.
    package var isSpent: Bool { self.isDeserted && !self.wasUsed }

    // MARK: - Coming and going

    package mutating func join(_ joiner: Joiner, side: Side, now: MonotonicTime, actions: inout [RoomAction]) -> JoinOutcome {
        // Before it counts as activity: a stranger must not keep a room alive.
        if self[side].isLocked, !joiner.hasToken { return .locked }
        self.lastActivity = now
        if joiner.hasToken, !self[side].isLocked { self.lock(side, now: now, actions: &actions) }
        guard let holder = self[side].holder else {
            self.seat(joiner, side: side, now: now, actions: &actions)
            return .seated
        }
        if let sid = joiner.sid, !sid.isEmpty, sid == holder.joiner.sid {
            self.takeOver(from: holder, by: joiner, side: side, actions: &actions)
            return .seated
        }
        guard self.challenger(of: side) == nil else { return .busy }
        self[side].challenger = joiner
        actions.append(.probe(holder.joiner.id))
        return .waiting
    }

    /// Somebody shows the token for the first time. Whoever has the side, or waits for it, came without: that may be anybody, so it goes, and
    /// nothing that it left behind counts as the newcomer's.
    private mutating func lock(_ side: Side, now: MonotonicTime, actions: inout [RoomAction]) {
        self[side].isLocked = true
        self[side].accepted = AcceptedRefs()
        self.disown(side)
        self.pairing?.disown(side)
        if let challenger = self[side].challenger.take() { actions.append(.expel(challenger.id)) }
        guard let holder = self.holder(of: side) else { return }
        actions.append(.expel(holder))
        self.vacate(side, .dismissed, now: now, actions: &actions)
    }

    /// The connection ended, whether it was a holder, a challenger or neither.
    package mutating func leave(
        _ id: ConnectionID, side: Side, _ departure: Departure, now: MonotonicTime, actions: inout [RoomAction]
    ) {
        if self.challenger(of: side) == id {
            self[side].challenger = nil
        } else if self.holder(of: side) == id {
            self.lastActivity = now
            self.vacate(side, departure, now: now, actions: &actions)
        }
    }

    /// The holder's pong to a probe arrived: it stays, and the challenger goes.
    package mutating func holderResponded(_ id: ConnectionID, side: Side, actions: inout [RoomAction]) {
        guard self.holder(of: side) == id, let challenger = self.challenger(of: side) else { return }
        self[side].challenger = nil
        actions.append(.close(challenger, .policyViolation))
    }

    /// `challengeTime` is over. If the server itself does not read the holder's socket (`holderIsPaused`), the holder could not respond; it
    /// keeps the side.
    package mutating func challengeExpired(
        _ id: ConnectionID, side: Side, holderIsPaused: Bool, now: MonotonicTime, actions: inout [RoomAction]
    ) {
        guard self.challenger(of: side) == id, let holder = self.holder(of: side) else { return }
        if holderIsPaused {
            self.holderResponded(holder, side: side, actions: &actions)
            return
        }
        self.lastActivity = now
        actions.append(.close(holder, .unresponsive))
        self.vacate(side, .broken, now: now, actions: &actions)
    }

    private mutating func takeOver(from holder: Holder, by joiner: Joiner, side: Side, actions: inout [RoomAction]) {
        // A resumption: the other side is told nothing, and the frames held for it now belong to the newcomer.
        var successor = self.newHolder(joiner, side: side)
        successor.held = holder.held
        successor.backlog = holder.backlog
        successor.inherited = holder.backlog.count
        successor.inheritedDiagnoses = holder.backlog.diagnoses
        self[side].holder = successor
        actions.append(.close(holder.joiner.id, .replaced))
        if let challenger = self.challenger(of: side) {
            // A client that takes over is alive, so the challenge has failed.
            self[side].challenger = nil
            actions.append(.close(challenger, .policyViolation))
        }
        // The backlog goes on where the old connection was: whether a peer is there as it begins follows from what it tells of.
        let isPeerThere = self.holder(of: side.other) != nil
        if isPeerThere == holder.backlog.keepsPresence { actions.append(.roomFull(joiner.id)) }
    }

    private mutating func vacate(_ side: Side, _ departure: Departure, now: MonotonicTime, actions: inout [RoomAction]) {
        self[side].holder = nil
        self.tell(side.other, .peerLeft, actions: &actions)
        if let challenger = self[side].challenger.take() {
            actions.append(.admit(challenger.id))
            self.seat(challenger, side: side, now: now, actions: &actions)
        } else if self.isDeserted {
            self.endPairing(departure, actions: &actions)
        } else {
            self.pairing?.left(side, departure, now: now)
            self.diagnose(&actions)
        }
    }

    private mutating func seat(_ joiner: Joiner, side: Side, now: MonotonicTime, actions: inout [RoomAction]) {
        self[side].holder = self.newHolder(joiner, side: side)
        guard self.holder(of: side.other) != nil else {
            if self.company == nil, !self.hasEarlierLife { self.company = .alone }
            return
        }
        self.company = .paired
        if self.pairing == nil { self.pairing = Pairing(now: now) } else { self.pairing?.came(side, now: now) }
        self.tell(side.other, .roomFull, actions: &actions)
        actions.append(.roomFull(joiner.id))
        guard let held = self[side.other].holder?.held.takeAll(), !held.isEmpty else { return }
        self[side].holder?.backlog = Backlog(held)
        self.pairing?.sent(held.reduce(into: FrameKinds.none) { $0.insert($1.kind) }, by: side.other)
    }

    /// Tells a side's connection, if there is one, something of the room: behind all that it is yet to hear of that.
    mutating func tell(_ side: Side, _ notice: Backlog.Notice, actions: inout [RoomAction]) {
        guard let id = self.holder(of: side) else { return }
        guard self.isBehind(side) else { return actions.append(notice.action(for: id)) }
        self[side].holder?.backlog.append(.notice(notice))
        if self[side].holder?.backlog.isFull == true { actions.append(.close(id, .slowConsumer)) }
    }

    /// Whether something waits for the side's connection, so that what comes from the other side has to wait behind it. (Seat by seat, as
    /// the subscript copies one.)
    package func isBehind(_ side: Side) -> Bool {
        side == .a ? self.a.holder?.backlog.isEmpty == false : self.b.holder?.backlog.isEmpty == false
    }

    /// How long a side's backlog is, and what its connection began with that it took over.
    package struct BacklogSize: Sendable, Equatable {
        package var entries = 0
        package var frames = 0
        package var bytes = 0
        package var inherited = 0
        package var inheritedDiagnoses = 0

        package init() {}
    }

    package func backlog(of side: Side) -> BacklogSize {
        var size = BacklogSize()
        guard let holder = self[side].holder else { return size }
        size.entries = holder.backlog.count
        size.frames = holder.backlog.frames
        size.bytes = holder.backlog.bytes
        size.inherited = holder.inherited
        size.inheritedDiagnoses = holder.inheritedDiagnoses
        return size
    }

    private func newHolder(_ joiner: Joiner, side: Side) -> Holder {
        let mailbox = self[side].mailbox
        return Holder(joiner: joiner, isListening: mailbox.isEmpty, sentUpTo: mailbox.acknowledged)
    }

    // MARK: - Relay

    /// Where frames of this connection go.
    package mutating func relay(from id: ConnectionID, side: Side, now: MonotonicTime) -> RelayDecision {
        let (a, b) = (self.a.holder?.joiner.id, self.b.holder?.joiner.id)
        let (own, other) = side == .a ? (a, b) : (b, a)
        guard let own, own == id else { return .ignore }
        self.lastActivity = now
        guard let other else { return .absent }
        return self.isBehind(side.other) ? .queue : .forward(to: other)
    }

    /// Adds a frame to what waits for the other side's connection.
    package mutating func queue(_ frame: HeldFrame, from side: Side) { self[side.other].holder?.backlog.append(.frame(frame)) }

    /// Holds a frame for a peer that is absent; false if no more can be held. `mayHold` says whether the bound for all rooms together,
    /// which the caller keeps, allows it.
    package mutating func hold(_ frame: HeldFrame, side: Side, mayHold: Bool) -> Bool {
        guard mayHold, self[side].holder?.held.hasSpace(for: frame) == true else { return false }
        self[side].holder?.held.append(frame)
        return true
    }

    /// Marks the room as in use.
    mutating func touch(_ now: MonotonicTime) { self.lastActivity = now }
}

extension RoomState.Holder {
    fileprivate var waitingFrames: Int { self.held.frames.count + self.backlog.frames }
    fileprivate var waitingBytes: Int { self.held.bytes + self.backlog.bytes }
}
