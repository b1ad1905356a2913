import NIOCore
import SignalingCore
import SignalingWire

/// A client of one side of a room: it comes, comes back, sends items until they are accepted or refused, and keeps a ledger of all.
final class SimulatedClient {
    private unowned let world: NodeWorld
    let room: RoomID
    let side: Side
    let sid: String
    private let isQuiet: Bool
    /// The client at the other side.
    var peer: SimulatedClient?

    private enum State: Equatable {
        case away
        case connecting(Int, since: Int64)
        case attached(Int)
    }

    private var state = State.away
    private var via: SimulatedNode?
    var attachment: SimulatedNode.Attachment?
    private var lastNumber = 0
    private var comesBackAt: Int64 = 0
    private var lastSent: Int64 = 0
    private var lastHeard: Int64 = 0

    // The ledger.
    private var lastRef: UInt64 = 0
    /// Sent, or to be sent, and neither accepted nor refused.
    private(set) var open: [UInt64] = []
    private(set) var acceptedRefs: Set<UInt64> = []
    private(set) var refused = 0
    private(set) var received: [UInt64] = []
    private var mailboxID: MailboxID?
    private var lastSeq: UInt64 = 0
    private var isMailboxTold = false
    private var early: [(ref: UInt64, seq: UInt64)] = []
    private(set) var served = 0
    private(set) var unavailable = 0

    init(_ world: NodeWorld, room: RoomID, side: Side) {
        self.world = world
        self.room = room
        self.side = side
        self.sid = "\(room.low)\(side.name)"
        self.isQuiet = world.chance(2)
    }

    var text: String { self.sid }
    var isAttached: Bool { if case .attached = self.state { true } else { false } }

    /// Does something, or nothing.
    func act() {
        switch self.state {
        case .away: if self.world.now >= self.comesBackAt { self.connect() }
        case .connecting(let number, let since):
            // Longer than any search: the node is stopped, or gone.
            if self.world.now - since > 6000 { self.ended(number) }
        case .attached:
            if self.world.areClientsCalm { return }
            switch self.world.random(0...19) {
            case _ where self.isQuiet && !self.world.chance(20): break
            case 0 where !self.world.isCalm: self.leave()
            case 1...6:
                for _ in 0..<self.world.random(1...3) where self.open.count < 20 { self.send() }
            default: break
            }
        }
    }

    private func connect() {
        guard let node = self.world.anyNode() else { return }
        self.lastNumber = self.world.connectionNumber()
        let number = self.lastNumber
        self.state = .connecting(number, since: self.world.now)
        self.via = node
        self.lastSent = 0
        self.lastHeard = 0
        self.world.plan(in: self.world.latency()) { [self] in
            if node.isAlive { node.run { node.arrive(self, number: number) } } else { self.ended(number) }
        }
    }

    private func leave() {
        guard let attachment = self.attachment else { return }
        self.state = .away
        self.attachment = nil
        self.comesBackAt = self.world.now + Int64(self.world.random(50...6000))
        self.toNode(attachment) { $0.close(attachment) }
    }

    private func toNode(_ attachment: SimulatedNode.Attachment, _ body: @escaping (SimulatedNode) -> Void) {
        guard let node = attachment.node else { return }
        self.lastSent = max(self.lastSent, self.world.now + self.world.latency())
        self.world.plan(in: self.lastSent - self.world.now) { node.run { if attachment.isOpen { body(node) } } }
    }

    private func fromNode(_ attachment: SimulatedNode.Attachment, _ body: @escaping () -> Void) {
        self.lastHeard = max(self.lastHeard, self.world.now + self.world.latency())
        self.world.plan(in: self.lastHeard - self.world.now) { [self] in if self.attachment === attachment { body() } }
    }

    // MARK: - What the server does

    /// False if the client has not waited for it.
    func seated(_ number: Int) -> Bool {
        guard case .connecting(number, _) = self.state else { return false }
        self.state = .attached(number)
        self.served += 1
        return true
    }

    func refused(_ number: Int) {
        guard case .connecting(number, _) = self.state else { return }
        self.unavailable += 1
        self.state = .away
        self.comesBackAt = self.world.now + Int64(self.world.random(200...1200))
    }

    func ended(_ number: Int) {
        switch self.state {
        case .connecting(number, _), .attached(number):
            self.state = .away
            self.attachment = nil
            self.comesBackAt = self.world.now + Int64(self.world.random(20...600))
        default: break
        }
    }

    func greet() {
        guard let attachment = self.attachment else { return }
        self.isMailboxTold = false
        self.early = []
        let (seq, mailbox) = (self.lastSeq, self.mailboxID)
        self.toNode(attachment) { $0.hello(attachment, deliveredUpTo: seq, mailbox: mailbox) }
        for ref in self.open { self.send(ref, attachment) }
    }

    private func send() {
        guard let attachment = self.attachment else { return }
        self.lastRef += 1
        self.open.append(self.lastRef)
        self.send(self.lastRef, attachment)
    }

    private func send(_ ref: UInt64, _ attachment: SimulatedNode.Attachment) {
        self.toNode(attachment) { $0.send(attachment, ref: ref, payload: ByteBuffer(integer: ref)) }
    }

    func accepted(_ attachment: SimulatedNode.Attachment, ref: UInt64) {
        self.fromNode(attachment) { [self] in
            self.open.removeAll { $0 == ref }
            self.acceptedRefs.insert(ref)
        }
    }

    func unstored(_ attachment: SimulatedNode.Attachment, ref: UInt64) {
        self.fromNode(attachment) { [self] in
            self.open.removeAll { $0 == ref }
            self.refused += 1
        }
    }

    func mailbox(_ attachment: SimulatedNode.Attachment, _ mailbox: MailboxID, deliveredUpTo seq: UInt64) {
        self.fromNode(attachment) { [self] in
            if let known = self.mailboxID, known != mailbox {
                self.world.check(
                    self.world.isExcused(self.room) || self.lastSeq == 0, "client \(self.text) finds another mailbox: \(mailbox.text)")
                self.lastSeq = seq
            }
            self.mailboxID = mailbox
            self.isMailboxTold = true
            let early = self.early
            self.early = []
            for item in early { self.take(item.ref, seq: item.seq, attachment) }
        }
    }

    func receive(_ attachment: SimulatedNode.Attachment, seq: UInt64, payload: ByteBuffer) {
        self.fromNode(attachment) { [self] in
            let ref = payload.getInteger(at: payload.readerIndex, as: UInt64.self) ?? 0
            // What comes before it may be of another mailbox than the one it knows.
            if self.isMailboxTold { self.take(ref, seq: seq, attachment) } else { self.early.append((ref, seq)) }
        }
    }

    private func take(_ ref: UInt64, seq: UInt64, _ attachment: SimulatedNode.Attachment) {
        let isExcused = self.world.isExcused(self.room)
        self.world.check(seq == self.lastSeq + 1, "client \(self.text) gets item \(seq) after \(self.lastSeq)")
        self.world.check(isExcused || !self.received.contains(ref), "client \(self.text) gets \(ref) of its peer twice")
        self.world.check(isExcused || self.received.last ?? 0 < ref, "client \(self.text) gets \(ref) of its peer late")
        self.lastSeq = seq
        self.received.append(ref)
        if self.world.chance(3) { self.toNode(attachment) { $0.delivered(attachment, upTo: seq) } }
    }

    // MARK: - At rest

    func checkRest() {
        self.world.check(self.isAttached, "client \(self.text) is not served")
        self.world.check(self.open.isEmpty, "client \(self.text) waits for \(self.open)")
        guard let peer = self.peer, !self.world.isExcused(self.room) else { return }
        let lost = self.acceptedRefs.subtracting(peer.received)
        self.world.check(lost.isEmpty, "client \(self.text): accepted and not delivered: \(lost.sorted())")
    }
}
