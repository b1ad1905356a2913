import DequeModule
package import NIOCore
import SignalingWire

/// What waits for one side of a room: items numbered from 1, kept until they are acknowledged.
package struct Mailbox: Sendable {
    package struct Limits: Sendable, Equatable {
        package var messages: Int
        /// Payload bytes.
        package var bytes: Int

        package init(messages: Int, bytes: Int) {
            self.messages = messages
            self.bytes = bytes
        }
    }

    /// An empty deque has no storage: there are many rooms, and most never use a mailbox.
    private var items = Deque<ByteBuffer>()
    /// The number of the oldest item kept; all items below it were acknowledged.
    private var firstSeq: UInt64 = 1
    /// Everything up to here is where it outlives the process, if it is meant to: it may be handed over and acknowledged.
    package private(set) var storedUpTo: UInt64 = 0
    package private(set) var bytes = 0

    package init() {}

    /// A mailbox as it was stored.
    package init(_ stored: StoredSide) {
        self.firstSeq = stored.acknowledged + 1
        self.items = Deque(stored.items)
        self.bytes = stored.items.reduce(0) { $0 + $1.readableBytes }
        self.storedUpTo = self.lastSeq
    }

    package var count: Int { self.items.count }
    package var isEmpty: Bool { self.items.isEmpty }
    /// The highest number given out; 0 before the first.
    package var lastSeq: UInt64 { self.firstSeq + UInt64(self.items.count) - 1 }
    /// Everything up to here was acknowledged.
    package var acknowledged: UInt64 { self.firstSeq - 1 }
    /// Whether numbering has begun: from then on the mailbox is worth keeping even while it is empty.
    package var wasUsed: Bool { self.lastSeq > 0 }

    /// Numbers an item, and returns the number; nil, and nothing is kept, if the mailbox is full. It is not stored yet.
    package mutating func append(_ payload: ByteBuffer, limits: Limits) -> UInt64? {
        guard self.items.count < limits.messages, payload.readableBytes <= limits.bytes - self.bytes else { return nil }
        self.items.append(payload)
        self.bytes += payload.readableBytes
        return self.lastSeq
    }

    /// Everything up to this number, which was given out, is stored now.
    package mutating func stored(upTo seq: UInt64) { self.storedUpTo = max(self.storedUpTo, seq) }

    /// Takes the last number back, whose item is not stored.
    mutating func dropLast() {
        guard self.lastSeq > self.storedUpTo, let payload = self.items.popLast() else { return }
        self.bytes -= payload.readableBytes
    }

    /// Takes all numbers back that were given to items which are not stored: they will not be.
    package mutating func dropUnstored() {
        while self.lastSeq > self.storedUpTo, !self.items.isEmpty { self.dropLast() }
    }

    /// Frees everything up to `seq`; a number past the end of what is stored means that end.
    package mutating func acknowledge(upTo seq: UInt64) {
        guard seq > self.acknowledged, self.storedUpTo > self.acknowledged else { return }
        let freed = Int(min(seq, self.storedUpTo) - self.acknowledged)
        for payload in self.items.prefix(freed) { self.bytes -= payload.readableBytes }
        self.firstSeq += UInt64(freed)
        if freed == self.items.count {
            self.items = Deque()
        } else {
            self.items.removeFirst(freed)
        }
    }

    /// The item with this number, stored or not.
    func numbered(_ seq: UInt64) -> ByteBuffer? {
        seq >= self.firstSeq && seq <= self.lastSeq ? self.items[Int(seq - self.firstSeq)] : nil
    }

    /// The item with this number, if it is stored and still kept.
    package func payload(at seq: UInt64) -> ByteBuffer? {
        guard seq >= self.firstSeq, seq <= self.storedUpTo else { return nil }
        return self.items[Int(seq - self.firstSeq)]
    }
}
