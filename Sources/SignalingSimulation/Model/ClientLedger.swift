package import SignalingWire

/// What one client of a room has sent and received, each item known by its ref, and what of that must not be.
package struct ClientLedger {
    package private(set) var lastRef: UInt64 = 0
    /// Sent, or to be sent, and neither accepted nor refused.
    package private(set) var open: [UInt64] = []
    package private(set) var accepted: Set<UInt64> = []
    package private(set) var refused = 0
    /// Refs of the other side's items, as they came.
    package private(set) var received: [UInt64] = []
    package private(set) var mailbox: MailboxID?
    package private(set) var lastSeq: UInt64 = 0
    private var isMailboxTold = false
    private var early: [(ref: UInt64, seq: UInt64)] = []

    package init() {}

    /// Another connection: what comes before the mailbox is told may be of another than the one it knows.
    package mutating func begin() {
        self.isMailboxTold = false
        self.early = []
    }

    /// The ref of a new item.
    package mutating func next() -> UInt64 {
        self.lastRef += 1
        self.open.append(self.lastRef)
        return self.lastRef
    }

    package mutating func accept(_ ref: UInt64) {
        self.open.removeAll { $0 == ref }
        self.accepted.insert(ref)
    }

    package mutating func refuse(_ ref: UInt64) {
        self.open.removeAll { $0 == ref }
        self.refused += 1
    }

    /// `isExcused`: what the room had was lost, as it may be with an engine that lost everything. The result is what is wrong.
    package mutating func tell(_ mailbox: MailboxID, deliveredUpTo seq: UInt64, isExcused: Bool) -> [String] {
        var faults: [String] = []
        if let known = self.mailbox, known != mailbox {
            if !isExcused, self.lastSeq > 0 { faults.append("finds another mailbox: \(mailbox.text)") }
            self.lastSeq = seq
        }
        self.mailbox = mailbox
        self.isMailboxTold = true
        let early = self.early
        self.early = []
        for item in early { faults += self.take(item.ref, item.seq, isExcused) }
        return faults
    }

    /// An item of the other side. `isTaken` says whether it counts already.
    package mutating func receive(_ ref: UInt64, seq: UInt64, isExcused: Bool) -> (isTaken: Bool, faults: [String]) {
        guard self.isMailboxTold else {
            self.early.append((ref, seq))
            return (false, [])
        }
        return (true, self.take(ref, seq, isExcused))
    }

    private mutating func take(_ ref: UInt64, _ seq: UInt64, _ isExcused: Bool) -> [String] {
        var faults: [String] = []
        if seq != self.lastSeq + 1 { faults.append("gets item \(seq) after \(self.lastSeq)") }
        if !isExcused, self.received.contains(ref) { faults.append("gets \(ref) of its peer twice") }
        if !isExcused, ref <= self.received.last ?? 0, !self.received.contains(ref) { faults.append("gets \(ref) of its peer late") }
        self.lastSeq = seq
        self.received.append(ref)
        return faults
    }

    /// What was accepted of this client and has not come to its peer.
    package func lost(by peer: ClientLedger) -> [UInt64] { self.accepted.subtracting(peer.received).sorted() }
}
