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
    package private(set) var bytes = 0

    package init() {}

    package var count: Int { self.items.count }
    package var isEmpty: Bool { self.items.isEmpty }
    /// The highest number given out; 0 before the first.
    package var lastSeq: UInt64 { self.firstSeq + UInt64(self.items.count) - 1 }
    /// Everything up to here was acknowledged.
    package var acknowledged: UInt64 { self.firstSeq - 1 }
    /// Whether numbering has begun: from then on the mailbox is worth keeping even while it is empty.
    package var wasUsed: Bool { self.lastSeq > 0 }

    /// Appends an item and returns its number; nil, and nothing is stored, if the mailbox is full.
    package mutating func append(_ payload: ByteBuffer, limits: Limits) -> UInt64? {
        guard self.items.count < limits.messages, payload.readableBytes <= limits.bytes - self.bytes else { return nil }
        self.items.append(payload)
        self.bytes += payload.readableBytes
        return self.lastSeq
    }

    /// Frees everything up to `seq`; a number past the end means the end.
    package mutating func acknowledge(upTo seq: UInt64) {
        guard seq > self.acknowledged else { return }
        let freed = Int(min(seq - self.acknowledged, UInt64(self.items.count)))
        for payload in self.items.prefix(freed) { self.bytes -= payload.readableBytes }
        self.firstSeq += UInt64(freed)
        if freed == self.items.count {
            self.items = Deque()
        } else {
            self.items.removeFirst(freed)
        }
    }

    /// The item with this number, if it is still kept.
    package func payload(at seq: UInt64) -> ByteBuffer? {
        guard seq >= self.firstSeq, seq <= self.lastSeq else { return nil }
        return self.items[Int(seq - self.firstSeq)]
    }
}
