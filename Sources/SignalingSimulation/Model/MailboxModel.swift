import NIOCore

/// A mailbox as the contract describes it.
struct MailboxModel {
    /// All items that ever had a number, stored or not; the first has number 1.
    private(set) var items: [ByteBuffer] = []
    /// Everything up to here is accepted.
    private(set) var lastSeq: UInt64 = 0
    private(set) var acknowledged: UInt64 = 0
    private(set) var bytes = 0

    init() {}

    /// As it comes back from a store.
    init(items: [ByteBuffer], acknowledged: UInt64) {
        self.items = items
        self.lastSeq = UInt64(items.count)
        self.acknowledged = acknowledged
        self.bytes = items.dropFirst(Int(acknowledged)).reduce(0) { $0 + $1.readableBytes }
    }

    /// Those that wait to be stored count too.
    var count: Int { self.items.count - Int(self.acknowledged) }
    var lastNumber: UInt64 { UInt64(self.items.count) }

    /// Gives an item its number.
    mutating func number(_ payload: ByteBuffer) {
        self.items.append(payload)
        self.bytes += payload.readableBytes
    }

    /// Everything up to this number is accepted.
    mutating func accept(upTo seq: UInt64) { self.lastSeq = max(self.lastSeq, seq) }

    /// What was not accepted will not be.
    mutating func dropUnaccepted() {
        while self.lastNumber > self.lastSeq, let payload = self.items.popLast() { self.bytes -= payload.readableBytes }
    }

    mutating func acknowledge(upTo seq: UInt64) {
        while self.acknowledged < min(seq, self.lastSeq) {
            self.bytes -= self.items[Int(self.acknowledged)].readableBytes
            self.acknowledged += 1
        }
    }
}
