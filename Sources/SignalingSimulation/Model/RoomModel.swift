import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping
import WebSocketCore

/// A room as the contract describes it: who has its sides, what waits, until when it lives.
final class RoomModel {
    /// An item that has its number and is not stored yet, as far as anybody was told.
    struct Pending {
        let recipient: Side
        let seq: UInt64
        let sender: Side
        let link: ConnectionID
        /// Nil for a client that cannot come back for the response.
        var sid: String?
        var ref: UInt64?
        /// The sides that were locked when it was sent: whoever stores it stores that too.
        let locked: Set<Side>
        /// What the store has said of it: that may not have come to the room yet.
        var isWritten: Bool?

        /// It is remembered by its number.
        var isRemembered: Bool { self.ref != nil && self.sid?.isEmpty == false }
    }

    let id: RoomID
    /// Who made it.
    let owner: ClientAddress
    /// The server's own.
    var real: Room? { didSet { self.mailbox = self.real?.view.mailbox } }
    /// Of this life of the room, whether a client was told or not.
    private(set) var mailbox: MailboxID?
    /// What waited for the connections in the room when it was looked at last.
    var backlogs: [Side: RoomView.Backlog] = [:]
    /// The connections that have the sides.
    private var a: Link?
    private var b: Link?
    /// Those that waited for a side and have it, and have yet to hear of it.
    var released: [Link] = []
    /// Sides that were opened with their tokens.
    var locked: Set<Side> = []
    private var mailboxA = MailboxModel()
    private var mailboxB = MailboxModel()
    /// Of this life of the room, once a client was told.
    var mailboxID: MailboxID?
    /// It was compared with all others.
    var isMailboxKnown = false
    /// The refs of each side that were accepted.
    var accepted: [Side: RefsModel] = [:]
    /// In the order of their numbers.
    private(set) var pending: [Pending] = []
    /// Sides of which a store must know that they are locked.
    private(set) var storedLocks: Set<Side> = []
    /// Nobody was in it when what made it worth keeping turned out not to be stored.
    var mayLinger = false
    /// A store has it from before the process began, and nobody has come since.
    var isUnvisited = false
    /// Since both sides were there at once first, until nobody is.
    var pairing: PairingModel?
    /// Both sides changed at once: since when both have been there depends on who was first.
    var isRoundUnsure = false
    /// When the last one left.
    var desertedAt: MonotonicTime

    init(id: RoomID, owner: ClientAddress, now: MonotonicTime) {
        self.id = id
        self.owner = owner
        self.desertedAt = now
    }

    subscript(seat side: Side) -> Link? {
        get { side == .a ? self.a : self.b }
        set { if side == .a { self.a = newValue } else { self.b = newValue } }
    }

    subscript(mailbox side: Side) -> MailboxModel {
        _read { if side == .a { yield self.mailboxA } else { yield self.mailboxB } }
        _modify { if side == .a { yield &self.mailboxA } else { yield &self.mailboxB } }
    }

    /// Messages that wait in the room, and bytes of them.
    var stored: (messages: Int, bytes: Int) {
        var stored = (self.mailboxMessages, self.mailboxBytes)
        for link in self.seated {
            stored.0 += link.held.count
            stored.1 += link.heldBytes
        }
        // How far a queue has taken a backlog is the server's to say; that it takes all of it, in its order, the clients see.
        if let view = self.real?.view {
            stored.0 += view.backlogA.frames + view.backlogB.frames
            stored.1 += view.backlogA.bytes + view.backlogB.bytes
        }
        return stored
    }
    var isDeserted: Bool { self.a == nil && self.b == nil }
    var wasUsed: Bool { self.mailboxA.lastNumber > 0 || self.mailboxB.lastNumber > 0 }
    var mailboxMessages: Int { self.mailboxA.count + self.mailboxB.count }
    var mailboxBytes: Int { self.mailboxA.bytes + self.mailboxB.bytes }
    var seated: [Link] { [self.a, self.b].compactMap { $0 } }

    // MARK: - Items

    /// Which refs of a side have been accepted, or will be if the store does its work.
    func numberedRefs(of side: Side, with isStored: (Pending) -> Bool = { _ in true }) -> RefsModel? {
        self.pending.reduce(into: self.accepted[side]) { refs, item in
            if item.sender == side, isStored(item) { Self.remember(item, in: &refs) }
        }
    }

    private static func remember(_ item: Pending, in refs: inout RefsModel?) {
        guard item.isRemembered, let ref = item.ref, let sid = item.sid else { return }
        if refs?.sid != sid { refs = RefsModel(sid: sid) }
        refs?.accept(ref)
    }

    /// Whether the response to what this side sent under this number is yet to come.
    func isPending(_ ref: UInt64, of side: Side) -> Bool {
        self.pending.contains { $0.sender == side && $0.ref == ref && $0.isRemembered }
    }

    func number(_ payload: ByteBuffer, for recipient: Side, from link: Link, ref: UInt64?) {
        self[mailbox: recipient].number(payload)
        self.pending.append(
            Pending(
                recipient: recipient, seq: self[mailbox: recipient].lastNumber, sender: link.side, link: link.id, sid: link.sid, ref: ref,
                locked: self.locked))
    }

    /// The side was a stranger's until now.
    func disown(_ side: Side) {
        self.accepted[side] = nil
        for index in self.pending.indices where self.pending[index].sender == side {
            (self.pending[index].sid, self.pending[index].ref) = (nil, nil)
        }
    }

    /// What the store says of an item, or of all of which it has said nothing.
    func note(isWritten: Bool, of item: (recipient: Side, seq: UInt64)? = nil) {
        for index in self.pending.indices where self.pending[index].isWritten == nil {
            let pending = self.pending[index]
            if item.map({ $0.recipient == pending.recipient && $0.seq == pending.seq }) ?? true {
                self.pending[index].isWritten = isWritten
            }
        }
    }

    /// The first item that waits is accepted.
    func acceptFirst() -> Pending {
        let item = self.pending.removeFirst()
        self[mailbox: item.recipient].accept(upTo: item.seq)
        Self.remember(item, in: &self.accepted[item.sender])
        self.storedLocks.formUnion(item.locked)
        return item
    }

    /// No item that waits will be stored.
    func refuseAll() -> [Pending] {
        let refused = self.pending
        self.pending = []
        self.mailboxA.dropUnaccepted()
        self.mailboxB.dropUnaccepted()
        if !self.wasUsed, self.isDeserted { self.mayLinger = true }
        return refused
    }

    /// The connection to which the response to an item goes: its sender's, or that with which its client came back.
    func present(_ item: Pending) -> Link? {
        guard let holder = self[seat: item.sender] else { return nil }
        if holder.id == item.link { return holder }
        return item.isRemembered && holder.sid == item.sid ? holder : nil
    }

    /// The room is gone, and with it what waited.
    func forgetPending() { self.pending = [] }

    /// The process is gone.
    func forgetConnections() {
        (self.a, self.b) = (nil, nil)
        self.released = []
        self.backlogs = [:]
        self.forgetPending()
        self.pairing = nil
        self.isRoundUnsure = false
        self.real = nil
    }

    /// The room as a store has it.
    func restore(_ stored: StoredRoom, items: [Side: [ByteBuffer]], desertedAt: MonotonicTime) {
        for side in Side.allCases {
            self[mailbox: side] = MailboxModel(items: items[side] ?? [], acknowledged: stored[side].acknowledged)
            self.accepted[side] = RefsModel(stored[side].accepted)
        }
        self.locked = stored.standing.lockedSides
        self.storedLocks = self.locked
        self.desertedAt = desertedAt
        self.isUnvisited = true
    }
}
