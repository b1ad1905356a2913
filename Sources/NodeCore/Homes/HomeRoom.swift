import DequeModule
import EngineScripts
import NIOCore
import SignalingCore
import SignalingWire
import TimeKeeping

/// A room of which this node is home: what of it is written, and what is asked of the engine next. One call at a time: what comes meanwhile
/// is written together.
///
/// Where a call had no reply, it may be carried out later still, behind others that were sent on another connection. So the room is claimed
/// anew first: what was sent in the epoch before changes nothing any more.
struct HomeRoom: Sendable {
    enum Phase: Sendable, Equatable {
        /// As far as is known.
        case home
        /// It is to be looked at who is home.
        case doubted
        /// It is this node, perhaps under this name that has lapsed.
        case reclaiming(from: NodeID)
        /// What the engine has may not be what was confirmed: it is written anew.
        case adopting(isAsked: Bool)
        case over
    }

    enum Kind: Sendable, Equatable {
        case look, claim, adopt, stand, keep, release
        case store(upTo: JournalPosition)
        case acknowledge(Side, upTo: UInt64)
    }

    /// What came of a reply.
    enum Turn: Sendable, Equatable {
        case goesOn
        case written
        /// It is another's, or nobody's: it is to be closed.
        case lost(now: NodeID?)
        /// It is released.
        case gone
    }

    private struct Waiting: Sendable {
        enum Matter: Sendable {
            case item(StoredItem)
            case stand(RoomStanding)
        }

        let matter: Matter
        let position: JournalPosition
        let recorded: MonotonicTime
    }

    private struct Progress: Sendable {
        /// The number of the last item that is written, and of the last that is recorded.
        var written: UInt64
        var numbered: UInt64
        var acknowledged: UInt64
        var toldAcknowledged: UInt64

        init(_ side: StoredSide) {
            self.written = side.acknowledged + UInt64(side.items.count)
            self.numbered = self.written
            self.acknowledged = side.acknowledged
            self.toldAcknowledged = side.acknowledged
        }
    }

    let name: StoredRoomName
    /// The epoch with which it came to this node.
    let began: HomeEpoch
    private(set) var home: RoomHome
    private(set) var phase = Phase.home
    private(set) var outcome = JournalOutcome()
    private(set) var call: (number: UInt64, kind: Kind)?
    /// Whether connections may join: the room was this node's when it was looked at last, and none can have taken it since.
    private(set) var isCertain = true
    /// Bytes of items that wait.
    private(set) var waitingBytes = 0

    /// The engine's clock at the beginning of the epoch, and this node's: theirs may be an hour apart.
    private var clocks: (engine: Int64, node: MonotonicTime)
    private var waiting = Deque<Waiting>()
    private var last: JournalPosition = 0
    private var a: Progress
    private var b: Progress
    private var standing: RoomStanding
    /// An item was sent to be stored, and whether it was is not known.
    private var isUnanswered = false
    private var isAcknowledgementNext = false
    private var isKeepDue = false
    private var isLeaving = true
    private var isWorthKeeping: Bool
    /// Connections that were told that the room is here and have not joined yet, and until when one of them may.
    private(set) var expected: (count: Int, until: MonotonicTime)?
    /// It is being given back: whoever comes has to claim it anew.
    private(set) var isReleasing = false
    /// A call had no reply since the epoch began: it may be carried out yet.
    private var isFenceMissing = false

    /// Nobody is in it yet: it is released as one that all have left, if nobody joins.
    init(_ stored: StoredRoom, home: RoomHome, now: MonotonicTime) {
        self.name = stored.name
        self.home = home
        self.began = home.epoch
        self.standing = RoomStanding(desertedSince: home.epoch.number, lockedSides: stored.standing.lockedSides)
        self.isWorthKeeping = Side.allCases.contains { stored[$0] != StoredSide() }
        self.a = Progress(stored.a)
        self.b = Progress(stored.b)
        // A claim's epoch is the engine's time, or later where that went back.
        self.clocks = (home.epoch.number, now)
    }

    private subscript(side: Side) -> Progress {
        get { side == .a ? self.a : self.b }
        set { if side == .a { self.a = newValue } else { self.b = newValue } }
    }

    var waitingCount: Int { self.waiting.count }
    var isOver: Bool { self.phase == .over }

    // MARK: - What the room records

    mutating func record(_ item: StoredItem, now: MonotonicTime) -> JournalPosition {
        self.stand(item.standing, now: now)
        self[item.recipient].numbered = item.seq
        self.waitingBytes += item.payload.readableBytes
        return self.append(.item(item), now: now)
    }

    mutating func acknowledged(_ side: Side, upTo seq: UInt64) { self[side].acknowledged = max(self[side].acknowledged, seq) }

    /// Since when nobody is in it is told when it is released: before that it is this node's, and lives.
    mutating func stand(_ standing: RoomStanding, now: MonotonicTime) {
        guard standing.lockedSides != self.standing.lockedSides else { return }
        self.standing.lockedSides = standing.lockedSides
        _ = self.append(.stand(self.standing), now: now)
    }

    /// Nobody is in it any more: once all is written and nobody is expected it is released, to be kept from now on or to be forgotten.
    mutating func deserted(isWorthKeeping: Bool, now: MonotonicTime) {
        self.isLeaving = true
        self.isWorthKeeping = isWorthKeeping
        self.standing.desertedSince = self.engineTime(now)
    }

    /// Somebody is in it, who was one of those expected.
    mutating func entered() {
        self.isLeaving = false
        self.standing.desertedSince = nil
        self.expected = self.expected.flatMap { $0.count > 1 ? ($0.count - 1, $0.until) : nil }
    }

    mutating func expect(until time: MonotonicTime) { self.expected = ((self.expected?.count ?? 0) + 1, time) }

    /// Whoever was expected comes no more.
    mutating func expectationEnds() { self.expected = nil }

    mutating func keepIsDue() { self.isKeepDue = true }

    private mutating func append(_ matter: Waiting.Matter, now: MonotonicTime) -> JournalPosition {
        self.last += 1
        self.waiting.append(Waiting(matter: matter, position: self.last, recorded: now))
        return self.last
    }

    private func engineTime(_ now: MonotonicTime) -> UnixMilliseconds { self.clocks.engine + (now - self.clocks.node).milliseconds }

    /// Refuses what waits since before this time, with all behind it; false if there is nothing. What was sent to be stored is not refused, nor
    /// what waits behind it: the next home may find it stored, and deliver it.
    mutating func refuse(before time: MonotonicTime) -> Bool {
        guard !self.isUnanswered else { return false }
        guard let first = self.waiting.first(where: { if case .item = $0.matter { true } else { false } }), first.recorded <= time else {
            return false
        }
        // How it stands is told later all the same.
        self.waiting.removeAll { if case .item = $0.matter { true } else { false } }
        self.waitingBytes = 0
        self.outcome.refused = self.last
        for side in Side.allCases { self[side].numbered = self[side].written }
        return true
    }

    // MARK: - Doubts

    /// Who is home is to be looked at. `isCertain`: it is this node, but a call of it may be carried out late.
    mutating func doubt(isCertain: Bool) {
        if !isCertain { self.isCertain = false }
        if self.phase == .over { return }
        self.phase = .doubted
    }

    /// The engine refused the call that was made, and did nothing of it.
    mutating func refused() {
        if case .store? = self.call?.kind { self.isUnanswered = false }
        self.unanswered()
    }

    /// The reply to the call that was made will not come.
    mutating func unanswered() {
        guard let call = self.call.take(), call.kind != .look else { return }
        self.isFenceMissing = true
        // Whether it was released, the look tells. Until then nobody joins; whoever had joined too late goes on, if it was not.
        let isCertain = call.kind != .release
        if !isCertain { self.isReleasing = false }
        self.doubt(isCertain: isCertain)
    }

    // MARK: - Calls

    /// What is to be asked next; nil if there is nothing, or where the room's content is needed first.
    mutating func nextCall(as own: NodeID, number: UInt64, times: RoomTimes) -> RoomCall? {
        guard self.call == nil, let (kind, call) = self.next(as: own, times) else { return nil }
        self.call = (number, kind)
        return call
    }

    /// Whether to ask for the room's content, without which it does not go on. It is asked for once.
    mutating func asksForContent() -> Bool {
        guard self.phase == .adopting(isAsked: false), self.call == nil else { return false }
        self.phase = .adopting(isAsked: true)
        return true
    }

    mutating func adopt(_ stored: StoredRoom, as own: NodeID, number: UInt64, times: RoomTimes) -> RoomCall? {
        guard self.phase == .adopting(isAsked: true), self.call == nil else { return nil }
        self.home = RoomHome(node: own, epoch: self.home.epoch)
        self.call = (number, .adopt)
        for side in Side.allCases { self[side].toldAcknowledged = stored[side].acknowledged }
        var stored = stored
        stored.standing = self.standing
        return .adopt(AdoptCall(home: self.home, times: times, stored: stored))
    }

    private mutating func next(as own: NodeID, _ times: RoomTimes) -> (Kind, RoomCall)? {
        let room = self.name.id
        switch self.phase {
        case .over, .adopting: return nil
        case .doubted: return (.look, .look(LookCall(room: room)))
        case .reclaiming(let node):
            let lapsed = node == own ? nil : node
            return (
                .claim,
                .claim(
                    ClaimCall(room: room, node: own, lapsed: lapsed, times: times, mailbox: self.name.mailbox, owner: self.name.owner))
            )
        case .home: break
        }
        if !self.waiting.isEmpty, !self.isAcknowledgementNext {
            self.isAcknowledgementNext = true
            return self.nextWaiting(times)
        }
        self.isAcknowledgementNext = false
        for side in Side.allCases where self[side].acknowledged > self[side].toldAcknowledged {
            let seq = self[side].acknowledged
            return (.acknowledge(side, upTo: seq), .acknowledge(AcknowledgeCall(room: room, home: self.home, side: side, upTo: seq)))
        }
        if !self.waiting.isEmpty { return self.nextWaiting(times) }
        if self.isLeaving, self.expected == nil {
            self.isReleasing = true
            let since = self.isWorthKeeping ? self.standing.desertedSince : nil
            return (.release, .release(ReleaseCall(room: room, home: self.home, desertedSince: since)))
        }
        guard self.isKeepDue else { return nil }
        return (.keep, .keep(KeepCall(room: room, home: self.home, times: times)))
    }

    private mutating func nextWaiting(_ times: RoomTimes) -> (Kind, RoomCall)? {
        guard let first = self.waiting.first else { return nil }
        switch first.matter {
        case .stand(let standing): return (.stand, .stand(StandCall(room: self.name.id, home: self.home, standing: standing)))
        case .item(let item):
            var (payloads, bytes, accepted, upTo) = ([item.payload], item.payload.readableBytes, item.accepted, first.position)
            for waiting in self.waiting.dropFirst() {
                guard case .item(let next) = waiting.matter, next.recipient == item.recipient, next.sender == item.sender,
                    payloads.count < Homes.mostItemsInCall, bytes + next.payload.readableBytes <= Homes.mostBytesInCall
                else { break }
                payloads.append(next.payload)
                bytes += next.payload.readableBytes
                accepted = next.accepted ?? accepted
                upTo = waiting.position
            }
            self.isUnanswered = true
            return (
                .store(upTo: upTo),
                .store(
                    StoreCall(
                        room: self.name.id, home: self.home, times: times, recipient: item.recipient, first: item.seq, sender: item.sender,
                        accepted: accepted, payloads: payloads))
            )
        }
    }

    // MARK: - Replies

    mutating func replied(_ reply: RoomReply, to number: UInt64, as own: NodeID, _ nodes: LivingNodes, now: MonotonicTime) -> Turn {
        guard let call = self.call, call.number == number else { return .goesOn }
        self.call = nil
        switch (reply, call.kind) {
        case (.looked(let home), .look): return self.looked(home, nodes)
        case (.claimed(let reply), .claim): return self.reclaimed(reply, as: own, now: now)
        case (.stored(let reply), .store(let upTo)): return self.stored(reply, upTo: upTo, nodes)
        case (.acknowledged(.acknowledged), .acknowledge(let side, let seq)):
            self[side].toldAcknowledged = max(self[side].toldAcknowledged, seq)
            return .goesOn
        case (.acknowledged(.lost(let loss)), _), (.done(.lost(let loss)), _): return self.lost(loss, call.kind, nodes)
        case (.done(.done), let kind): return self.done(kind)
        default: return .goesOn
        }
    }

    private mutating func looked(_ home: RoomHome?, _ nodes: LivingNodes) -> Turn {
        guard self.phase == .doubted else { return .goesOn }
        guard let home else {
            if self.isLeaving, !self.isWorthKeeping, self.expected == nil { return self.end(.gone) }
            self.phase = .adopting(isAsked: false)
            return .goesOn
        }
        guard nodes.isOwn(home.node) else { return self.another(home) }
        if home == self.home, home.node == nodes.own, !self.isFenceMissing {
            self.isCertain = true
            self.phase = .home
        } else {
            self.phase = .reclaiming(from: home.node)
        }
        return .goesOn
    }

    /// This node claimed it, though it was home already.
    mutating func claimedAgain(_ home: RoomHome, now: MonotonicTime) {
        // The call under way is of the epoch before: it comes to nothing, or was carried out ahead of the claim.
        self.home = home
        self.clocks = (home.epoch.number, now)
    }

    private mutating func reclaimed(_ reply: ClaimCall.Reply, as own: NodeID, now: MonotonicTime) -> Turn {
        switch reply {
        case .home:
            // Since when, a look tells.
            self.doubt(isCertain: false)
            return .goesOn
        case .claimed(let epoch, let stored):
            self.home = RoomHome(node: own, epoch: epoch)
            self.isFenceMissing = false
            self.clocks = (epoch.number, now)
            var isMore = false
            var isLess = stored.name.mailbox != self.name.mailbox
            for side in Side.allCases {
                let last = stored[side].acknowledged + UInt64(stored[side].items.count)
                if last < self[side].written { isLess = true }
                if last > self[side].numbered { isMore = true }
                self[side].toldAcknowledged = min(self[side].toldAcknowledged, stored[side].acknowledged)
            }
            // Others were home meanwhile: what is here is older.
            if isMore, !isLess { return self.end(.lost(now: nil)) }
            self.isCertain = true
            self.phase = isLess ? .adopting(isAsked: false) : .home
            return .goesOn
        }
    }

    private mutating func stored(_ reply: StoreCall.Reply, upTo position: JournalPosition, _ nodes: LivingNodes) -> Turn {
        switch reply {
        case .lost(let loss): return self.lost(loss, .store(upTo: position), nodes)
        case .missing:
            // The engine has lost what it had confirmed.
            self.phase = .adopting(isAsked: false)
            return .goesOn
        case .stored:
            self.isUnanswered = false
            while let first = self.waiting.first, first.position <= position {
                self.waiting.removeFirst()
                guard case .item(let item) = first.matter else { continue }
                self[item.recipient].written = item.seq
                self.waitingBytes -= item.payload.readableBytes
            }
            self.outcome.written = position
            return .written
        }
    }

    private mutating func done(_ kind: Kind) -> Turn {
        switch kind {
        case .stand: self.waiting.removeFirst()
        case .keep: self.isKeepDue = false
        case .release: return self.end(.gone)
        case .adopt:
            self.isCertain = true
            if case .adopting = self.phase { self.phase = .home }
        case .look, .claim, .store, .acknowledge: break
        }
        return .goesOn
    }

    private mutating func lost(_ loss: LostHome, _ kind: Kind, _ nodes: LivingNodes) -> Turn {
        switch loss.now {
        case nil where kind == .release && !self.isWorthKeeping, nil where kind == .adopt && self.isLeaving: return self.end(.gone)
        case nil where kind != .adopt:
            self.phase = .adopting(isAsked: false)
            return .goesOn
        case nil: return self.end(.lost(now: nil))
        case let home? where nodes.isOwn(home.node):
            // A claim of this node was carried out late.
            self.doubt(isCertain: true)
            return .goesOn
        case let home?: return self.another(home)
        }
    }

    private mutating func another(_ home: RoomHome) -> Turn {
        guard home.epoch < self.home.epoch else { return self.end(.lost(now: home.node)) }
        // It had lost the room to this one, and did not know when the engine lost all. What it wrote then is older.
        self.phase = .adopting(isAsked: false)
        return .goesOn
    }

    private mutating func end(_ turn: Turn) -> Turn {
        self.phase = .over
        return turn
    }
}
