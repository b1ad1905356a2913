import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping

/// A mailbox as the contract describes it.
struct MailboxModel {
    /// All items ever accepted; the first has number 1.
    private(set) var items: [ByteBuffer] = []
    private(set) var acknowledged: UInt64 = 0
    private(set) var bytes = 0

    var lastSeq: UInt64 { UInt64(self.items.count) }
    var count: Int { Int(self.lastSeq - self.acknowledged) }

    mutating func append(_ payload: ByteBuffer) {
        self.items.append(payload)
        self.bytes += payload.readableBytes
    }

    mutating func acknowledge(upTo seq: UInt64) {
        while self.acknowledged < min(seq, self.lastSeq) {
            self.bytes -= self.items[Int(self.acknowledged)].readableBytes
            self.acknowledged += 1
        }
    }
}

/// A room as the contract describes it: who has its sides, what waits, until when it lives.
final class RoomModel {
    struct Pairing {
        var isEstablished = false
        var isFailed = false
    }

    let id: RoomID
    /// Who made it.
    let owner: ClientAddress
    /// The server's own.
    var real: Room?
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
    /// The refs of each side that were accepted, and the sid of their sender.
    var accepted: [Side: (sid: String, last: UInt64, refs: Set<UInt64>)] = [:]
    var pairing: Pairing?
    /// Both sides changed at once: whether this is a new pairing depends on who was first.
    var isPairingUnsure = false
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
    var wasUsed: Bool { self.mailboxA.lastSeq > 0 || self.mailboxB.lastSeq > 0 }
    var mailboxMessages: Int { self.mailboxA.count + self.mailboxB.count }
    var mailboxBytes: Int { self.mailboxA.bytes + self.mailboxB.bytes }
    var seated: [Link] { [self.a, self.b].compactMap { $0 } }
}
