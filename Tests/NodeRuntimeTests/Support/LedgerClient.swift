import NetworkAddresses
import SignalingCore
import SignalingSimulation
import SignalingTestKit
import SignalingWire

/// A client of one side of a room: it comes, comes back, sends items until they are accepted or refused, and keeps a ledger of all.
final class LedgerClient {
    private enum State: Equatable {
        case away(until: Int64)
        case connecting(since: Int64)
        case connected
    }

    private unowned let world: ServerWorld
    let room: RoomID
    let side: Side
    private let address: ClientAddress
    private let isQuiet: Bool
    var other: LedgerClient?
    private(set) var ledger = ClientLedger()
    private var peer: Peer?
    private var state = State.away(until: 0)
    private(set) var served = 0
    private(set) var refused = 0

    init(_ world: ServerWorld, _ room: RoomID, _ side: Side, address: ClientAddress) {
        self.world = world
        self.room = room
        self.side = side
        self.address = address
        self.isQuiet = world.cluster.chance(2)
    }

    var text: String { "\(self.room.low)\(self.side.name)" }
    var isConnected: Bool { self.state == .connected }
    private var cluster: Cluster { self.world.cluster }

    /// Does something, or nothing.
    func act() {
        switch self.state {
        case .away(let until): if self.cluster.now >= until, !self.world.isOver { self.connect() }
        case .connecting(let since):
            if let node = self.peer?.stream.node { self.world.checkWait(since: since, at: node, "client \(self.text)") }
            // Longer than any search: the node is stopped, or gone.
            if self.cluster.now - since > 6_000_000_000 { self.drop() }
        case .connected:
            if self.world.areClientsCalm { return }
            switch self.cluster.random(0...19) {
            case _ where self.isQuiet && !self.cluster.chance(20): break
            case 0 where !self.world.isCalm: self.drop()
            case 1...6:
                for _ in 0..<self.cluster.random(1...3) where self.ledger.open.count < 20 { self.send(self.ledger.next()) }
            default: break
            }
        }
    }

    func leave() { self.peer?.close() }

    private func connect() {
        guard let node = self.world.anyNode() else { return }
        self.state = .connecting(since: self.cluster.now)
        let peer = Peer(self.cluster, at: node, self.room, self.side, sid: self.text, from: self.address)
        self.peer = peer
        peer.whenChanged = { [unowned self, weak peer] in if let peer, self.peer === peer { self.changed() } }
        self.world.note("client \(self.text) connects to \(node.ip)")
    }

    private func drop() {
        self.world.note("client \(self.text) drops its connection")
        self.peer?.drop()
        self.rest(20...600)
    }

    private func rest(_ span: ClosedRange<Int>) {
        self.peer = nil
        self.state = .away(until: self.cluster.now + Int64(self.cluster.random(span)) * 1_000_000)
    }

    // MARK: - What the server does

    private func changed() {
        guard let peer = self.peer else { return }
        if case .connecting = self.state, let status = peer.status {
            guard status == 101 else {
                self.refused += 1
                self.world.note("client \(self.text) is refused: \(status)")
                self.world.refused(status)
                return self.rest(200...1200)
            }
            self.state = .connected
            self.served += 1
            self.greet()
        }
        for text in peer.takeTexts() { self.read(text) }
        if peer.closeCode != nil || peer.isOver {
            self.world.note("client \(self.text) is closed: \(peer.closeCode.map { "\($0)" } ?? "-")")
            self.rest(20...600)
        }
    }

    private func greet() {
        self.ledger.begin()
        let mailbox = self.ledger.mailbox?.text ?? ""
        self.peer?.send(#"{"type":"hello","deliveredUpTo":\#(self.ledger.lastSeq),"mailbox":"\#(mailbox)"}"#)
        for ref in self.ledger.open { self.send(ref) }
    }

    private func send(_ ref: UInt64) {
        self.peer?.send(#"{"type":"send","to":"\#(self.side.other.name)","payload":\#(ref),"ref":\#(ref)}"#)
    }

    private func read(_ text: String) {
        let isExcused = self.world.isExcused(self.room)
        if text.hasPrefix(#"{"type":"accepted""#), let ref = text.number("ref") {
            self.ledger.accept(ref)
        } else if text.hasPrefix(#"{"type":"error""#), let ref = text.number("ref") {
            self.ledger.refuse(ref)
        } else if text.hasPrefix(#"{"type":"mailbox""#), let seq = text.number("deliveredUpTo"), let id = text.member("id"),
            let mailbox = MailboxID(id.utf8)
        {
            self.check(self.ledger.tell(mailbox, deliveredUpTo: seq, isExcused: isExcused))
        } else if text.hasPrefix(#"{"type":"deliver""#), let seq = text.number("seq"), let ref = text.number("payload") {
            self.check(self.ledger.receive(ref, seq: seq, isExcused: isExcused).faults)
            if self.cluster.chance(3) { self.peer?.send(#"{"type":"delivered","upTo":\#(self.ledger.lastSeq)}"#) }
        } else {
            let isPresence = ["room_full", "peer_left", "going_away"].contains { text.hasPrefix(#"{"type":"\#($0)""#) }
            self.world.check(isPresence, "client \(self.text) is sent \(text)")
        }
    }

    private func check(_ faults: [String]) {
        if let fault = faults.first { self.world.check(false, "client \(self.text) \(fault)") }
    }

    // MARK: - At rest

    func checkRest() {
        self.world.check(self.isConnected, "client \(self.text) is not served")
        self.world.check(self.ledger.open.isEmpty, "client \(self.text) waits for \(self.ledger.open)")
        guard let other = self.other, !self.world.isExcused(self.room) else { return }
        let lost = self.ledger.lost(by: other.ledger)
        self.world.check(lost.isEmpty, "client \(self.text): accepted and not delivered: \(lost)")
    }
}

extension String {
    /// A member of a flat JSON object that is a whole number.
    fileprivate func number(_ name: String) -> UInt64? {
        self.firstRange(of: "\"\(name)\":").flatMap { UInt64(self[$0.upperBound...].prefix { $0.isASCII && $0.isNumber }) }
    }

    /// One that is a string without escapes.
    fileprivate func member(_ name: String) -> String? {
        self.firstRange(of: "\"\(name)\":\"").map { String(self[$0.upperBound...].prefix { $0 != "\"" }) }
    }
}
