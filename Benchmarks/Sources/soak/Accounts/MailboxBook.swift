import LoadClients
import NIOCore

/// One mailbox as its users see it: what was put in, what each connection was given, what was acknowledged.
///
/// Only one client sends to it, so the numbers the server gives out are known.
final class MailboxBook {
    private let name: String
    private let ledger: Ledger
    /// Not yet surely acknowledged; the first has the number `base`.
    private var items = CircularBuffer<ByteBuffer>()
    private var base = 1
    /// The highest number for which an acknowledgement was sent, and that which the server is known to have read.
    private var ackSent = 0
    private var ackSure = 0
    /// Of the connection that reads the mailbox now: what must come next, or nothing if it may choose where to begin.
    private var next: Int?
    private var helloUpTo = 0
    private(set) var receivedUpTo = 0

    init(_ name: String, _ ledger: Ledger) {
        self.name = name
        self.ledger = ledger
    }

    /// The number of the last item put in.
    var last: Int { self.base + self.items.count - 1 }
    /// Whether the server is known to hold nothing for this side.
    var isSurelyEmpty: Bool { self.ackSure == self.last }

    /// Whether the connection has something to come still.
    var mayExpect: Bool { (self.next ?? max(self.ackSent, self.helloUpTo) + 1) <= self.last }
    /// Whether all depends on an acknowledgement of which nobody knows if it was read.
    var isUncertain: Bool { self.next == nil && self.ackSure < self.ackSent && self.ackSent == self.last }

    func append(_ payload: ByteBuffer) { self.items.append(payload) }

    /// The connection that reads the mailbox says hello, or needs not.
    func begin(deliveredUpTo: Int?) {
        self.next = nil
        if let deliveredUpTo { self.ackSent = max(self.ackSent, deliveredUpTo) }
        self.helloUpTo = deliveredUpTo ?? 0
    }

    func receive(seq: Int, _ payload: ByteBuffer) {
        if let next = self.next {
            if seq != next { return self.refuse(seq, "expected \(next)") }
        } else {
            // An acknowledgement that was under way when the last connection broke may have been read, or not.
            let least = max(self.ackSure, self.helloUpTo) + 1
            let most = max(self.ackSent, self.helloUpTo) + 1
            if !(least...most).contains(seq) { return self.refuse(seq, "expected \(least) to \(most)") }
        }
        self.next = seq + 1
        self.receivedUpTo = max(self.receivedUpTo, seq)
        guard seq >= self.base, seq <= self.last else { return self.ledger.strange("\(self.name): item \(seq), which nobody sent") }
        guard self.items[self.items.index(self.items.startIndex, offsetBy: seq - self.base)] == payload else {
            return self.ledger.strange("\(self.name): item \(seq) is not as it was sent")
        }
        self.ledger.received(.send, bytes: payload.readableBytes)
    }

    private func refuse(_ seq: Int, _ why: String) {
        guard let next = self.next, seq > next else { return self.ledger.duplicated("\(self.name): item \(seq), \(why)") }
        self.ledger.lost(seq - next, "\(self.name): item \(seq), \(why)")
        self.next = seq + 1
    }

    func acknowledge(upTo seq: Int) { self.ackSent = max(self.ackSent, seq) }

    /// The server has read all acknowledgements sent so far.
    func confirm() {
        self.ackSure = self.ackSent
        while self.base <= self.ackSure, self.items.popFirst() != nil { self.base += 1 }
    }

    /// The connection broke: items that the server may have put on their way did not arrive. They will come again.
    func breakOff() {
        let first = max(self.next ?? self.ackSure + 1, self.base)
        guard first <= self.last else { return }
        for seq in first...self.last {
            let payload = self.items[self.items.index(self.items.startIndex, offsetBy: seq - self.base)]
            self.ledger.wroteOff(.send, bytes: payload.readableBytes)
        }
    }
}
