import NIOCore
import SignalingCore
import SignalingWire
import TimeKeeping
import WebSocketCore

/// A room as whoever runs it sees it: each input answers with what the room wants done, and time moves only when told.
struct RoomHarness {
    var state: RoomState
    var now: MonotonicTime
    /// Whether connections' queues have space for whatever waits for them in the room.
    var hasSpace = true
    /// Pairings that are over. They are no more among the actions then.
    private(set) var ends: [PairingEnd] = []

    init(messages: Int = 1_000, bytes: Int = 4 << 20, now: MonotonicTime = MonotonicTime(nanoseconds: 5_000_000_000)) {
        self.state = RoomState(
            mailboxID: Self.mailbox, mailboxLimits: Mailbox.Limits(messages: messages, bytes: bytes), now: now)
        self.now = now
    }

    mutating func advance(_ span: TimeSpan) { self.now = self.now + span }

    mutating func join(
        _ id: UInt64, _ side: Side, sid: String? = nil, hasToken: Bool = false
    ) -> (outcome: JoinOutcome, actions: [RoomAction]) {
        var actions: [RoomAction] = []
        let joiner = RoomState.Joiner(id: ConnectionID(id), sid: sid, hasToken: hasToken)
        let outcome = self.state.join(joiner, side: side, now: self.now, actions: &actions)
        self.deliverBacklog(side, &actions)
        self.takeEnds(&actions)
        return (outcome, actions)
    }

    private mutating func deliverBacklog(_ side: Side, _ actions: inout [RoomAction]) {
        if self.hasSpace, self.state.isBehind(side) { _ = self.state.deliver(to: side, budget: .max, actions: &actions) }
    }

    private mutating func takeEnds(_ actions: inout [RoomAction]) {
        for case .pairingEnded(let end) in actions { self.ends.append(end) }
        actions.removeAll { if case .pairingEnded = $0 { true } else { false } }
    }

    @discardableResult
    mutating func leave(_ id: UInt64, _ side: Side, _ departure: Departure = .closed) -> [RoomAction] {
        var actions: [RoomAction] = []
        self.state.leave(ConnectionID(id), side: side, departure, now: self.now, actions: &actions)
        self.deliverBacklog(side, &actions)
        self.takeEnds(&actions)
        return actions
    }

    @discardableResult
    mutating func report(_ id: UInt64, _ side: Side, _ report: Telemetry) -> (count: RoomState.ReportCount, actions: [RoomAction]) {
        var actions: [RoomAction] = []
        let count = self.state.report(report, from: ConnectionID(id), side: side, now: self.now, actions: &actions)
        return (count, actions)
    }

    /// A report of a success; the time that counts for the metrics.
    mutating func established(_ id: UInt64 = 1, _ side: Side = .a) -> TimeSpan? {
        if case .established(let time) = self.report(id, side, Telemetry(.connected)).count { time } else { nil }
    }

    /// A report of a failure; whether it counts for the metrics.
    mutating func failed(_ id: UInt64 = 1, _ side: Side = .a) -> Bool { self.report(id, side, Telemetry(.failed)).count == .failed }

    mutating func holderResponded(_ id: UInt64, _ side: Side) -> [RoomAction] {
        var actions: [RoomAction] = []
        self.state.holderResponded(ConnectionID(id), side: side, actions: &actions)
        return actions
    }

    mutating func challengeExpired(_ id: UInt64, _ side: Side, holderIsPaused: Bool = false) -> [RoomAction] {
        var actions: [RoomAction] = []
        self.state.challengeExpired(ConnectionID(id), side: side, holderIsPaused: holderIsPaused, now: self.now, actions: &actions)
        self.deliverBacklog(side, &actions)
        self.takeEnds(&actions)
        return actions
    }

    /// What became of a frame for the other side.
    enum Fate: Equatable { case forward(to: ConnectionID), hold, queue, refuse, ignore }

    /// Sends a frame to the other side; one for an absent peer is held if it may be.
    @discardableResult
    mutating func relay(_ id: UInt64, _ side: Side, _ text: String, kind: FrameKind = .ice, mayHold: Bool = true) -> Fate {
        switch self.state.relay(from: ConnectionID(id), side: side, now: self.now) {
        case .forward(let peer):
            self.state.described(FrameKinds(kind), by: side)
            return .forward(to: peer)
        case .absent: return self.state.hold(Self.frame(text, kind), side: side, mayHold: mayHold) ? .hold : .refuse
        case .queue:
            self.state.described(FrameKinds(kind), by: side)
            self.state.queue(Self.frame(text, kind), from: side)
            return .queue
        case .ignore: return .ignore
        }
    }

    static let mailbox = MailboxID(0x0123_4567_89ab_cdef)

    @discardableResult
    mutating func hello(_ id: UInt64, _ side: Side, _ deliveredUpTo: UInt64 = 0, mailbox: NamedMailbox = .unnamed) -> [RoomAction] {
        var actions: [RoomAction] = []
        self.state.hello(
            .init(deliveredUpTo: deliveredUpTo, mailbox: mailbox), from: ConnectionID(id), side: side, now: self.now, actions: &actions)
        return actions
    }

    mutating func send(
        _ id: UInt64, _ side: Side, to recipient: Side, _ text: String, ref: UInt64? = nil, mayStore: Bool = true
    ) -> (outcome: SendOutcome, actions: [RoomAction]) {
        var actions: [RoomAction] = []
        let item = RoomState.NewItem(to: recipient, payload: ByteBuffer(string: text), ref: ref)
        let outcome = self.state.send(
            item, from: ConnectionID(id), side: side, mayStore: mayStore, now: self.now, actions: &actions)
        return (outcome, actions)
    }

    /// Sends an item that a store has to confirm, at a place in its journal; nil: the journal does not take it.
    mutating func number(
        _ id: UInt64, _ side: Side, to recipient: Side, _ text: String, ref: UInt64? = nil, at position: JournalPosition?
    ) -> (outcome: SendOutcome, actions: [RoomAction]) {
        var actions: [RoomAction] = []
        let item = RoomState.NewItem(to: recipient, payload: ByteBuffer(string: text), ref: ref)
        let outcome = self.state.send(
            item, from: ConnectionID(id), side: side, mayStore: true, isStoredLater: true, now: self.now, actions: &actions)
        if outcome == .numbered {
            if let position { self.state.recorded(at: position) } else { self.state.takeBack() }
        }
        return (outcome, actions)
    }

    /// The journal tells how far it has come.
    mutating func settled(written: JournalPosition, refused: JournalPosition = 0) -> [RoomAction] {
        var actions: [RoomAction] = []
        _ = self.state.settled(JournalOutcome(written: written, refused: refused), actions: &actions)
        for side in Side.allCases { _ = self.state.deliver(to: side, budget: .max, actions: &actions) }
        return actions
    }

    mutating func delivered(_ id: UInt64, _ side: Side, _ seq: UInt64) {
        self.state.delivered(from: ConnectionID(id), side: side, upTo: seq, now: self.now)
    }

    mutating func deliver(_ side: Side, budget: Int = .max) -> (actions: [RoomAction], isMoreLeft: Bool) {
        var actions: [RoomAction] = []
        let isMoreLeft = self.state.deliver(to: side, budget: budget, actions: &actions)
        return (actions, isMoreLeft)
    }

    static func frame(_ text: String, _ kind: FrameKind = .ice) -> HeldFrame {
        HeldFrame(kind: kind, opcode: .text, payload: ByteBuffer(string: text))
    }
}

// What rooms want done, as short as the scenarios read best.
func full(_ id: UInt64) -> RoomAction { .roomFull(ConnectionID(id)) }
func left(_ id: UInt64) -> RoomAction { .peerLeft(ConnectionID(id)) }
func admit(_ id: UInt64) -> RoomAction { .admit(ConnectionID(id)) }
func probe(_ id: UInt64) -> RoomAction { .probe(ConnectionID(id)) }
func close(_ id: UInt64, _ code: CloseCode) -> RoomAction { .close(ConnectionID(id), code) }
func accepted(_ id: UInt64, _ ref: UInt64) -> RoomAction { .accepted(ConnectionID(id), ref: ref) }
func unstored(_ id: UInt64, _ ref: UInt64?) -> RoomAction { .unstored(ConnectionID(id), ref: ref) }
func mailbox(_ id: UInt64, _ deliveredUpTo: UInt64) -> RoomAction {
    .mailbox(ConnectionID(id), RoomHarness.mailbox, deliveredUpTo: deliveredUpTo)
}
func frame(_ id: UInt64, _ text: String) -> RoomAction { .frame(ConnectionID(id), RoomHarness.frame(text)) }
func item(_ id: UInt64, _ seq: UInt64, _ text: String, _ kind: ServerFrame.ItemKind = .send) -> RoomAction {
    .item(ConnectionID(id), kind, seq: seq, payload: ByteBuffer(string: text))
}
func told(_ id: UInt64, _ diagnosis: Diagnosis) -> RoomAction { .diagnosis(ConnectionID(id), diagnosis) }
func forward(_ id: UInt64) -> RoomHarness.Fate { .forward(to: ConnectionID(id)) }
