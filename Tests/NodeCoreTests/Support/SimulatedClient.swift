import NIOCore
import SignalingCore
import SignalingSimulation
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

    private(set) var ledger = ClientLedger()
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
                for _ in 0..<self.world.random(1...3) where self.ledger.open.count < 20 { self.send() }
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
            if node.accepts { node.run { node.arrive(self, number: number) } } else { self.ended(number) }
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
        self.ledger.begin()
        let (seq, mailbox) = (self.ledger.lastSeq, self.ledger.mailbox)
        self.toNode(attachment) { $0.hello(attachment, deliveredUpTo: seq, mailbox: mailbox) }
        for ref in self.ledger.open { self.send(ref, attachment) }
    }

    private func send() {
        guard let attachment = self.attachment else { return }
        self.send(self.ledger.next(), attachment)
    }

    private func send(_ ref: UInt64, _ attachment: SimulatedNode.Attachment) {
        self.toNode(attachment) { $0.send(attachment, ref: ref, payload: ByteBuffer(integer: ref)) }
    }

    func accepted(_ attachment: SimulatedNode.Attachment, ref: UInt64) {
        self.fromNode(attachment) { [self] in self.ledger.accept(ref) }
    }

    func unstored(_ attachment: SimulatedNode.Attachment, ref: UInt64) {
        self.fromNode(attachment) { [self] in self.ledger.refuse(ref) }
    }

    func mailbox(_ attachment: SimulatedNode.Attachment, _ mailbox: MailboxID, deliveredUpTo seq: UInt64) {
        self.fromNode(attachment) { [self] in
            let before = self.ledger.received.count
            self.check(self.ledger.tell(mailbox, deliveredUpTo: seq, isExcused: self.world.isExcused(self.room)))
            for _ in before..<self.ledger.received.count { self.acknowledgeNowAndThen(attachment) }
        }
    }

    func receive(_ attachment: SimulatedNode.Attachment, seq: UInt64, payload: ByteBuffer) {
        self.fromNode(attachment) { [self] in
            let ref = payload.getInteger(at: payload.readerIndex, as: UInt64.self) ?? 0
            let (isTaken, faults) = self.ledger.receive(ref, seq: seq, isExcused: self.world.isExcused(self.room))
            self.check(faults)
            if isTaken { self.acknowledgeNowAndThen(attachment) }
        }
    }

    private func acknowledgeNowAndThen(_ attachment: SimulatedNode.Attachment) {
        let seq = self.ledger.lastSeq
        if self.world.chance(3) { self.toNode(attachment) { $0.delivered(attachment, upTo: seq) } }
    }

    private func check(_ faults: [String]) {
        if let fault = faults.first { self.world.check(false, "client \(self.text) \(fault)") }
    }

    // MARK: - At rest

    func checkRest() {
        self.world.check(self.isAttached, "client \(self.text) is not served")
        self.world.check(self.ledger.open.isEmpty, "client \(self.text) waits for \(self.ledger.open)")
        guard let peer = self.peer, !self.world.isExcused(self.room) else { return }
        let lost = self.ledger.lost(by: peer.ledger)
        self.world.check(lost.isEmpty, "client \(self.text): accepted and not delivered: \(lost)")
    }
}
