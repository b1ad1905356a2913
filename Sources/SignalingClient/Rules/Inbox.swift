/// The receiving end of a mailbox: each item is handed over once, and acknowledged when the program is done with it.
struct Inbox: Sendable {
    /// The server's name for the mailbox, which shows after a restart that the mailbox is a new one. Empty before the first connection.
    private(set) var mailbox: String
    /// The highest number that has arrived, and the highest that the program is done with.
    private var arrived: UInt64
    private(set) var taken: UInt64

    init(mailbox: String = "", taken: UInt64 = 0) {
        self.mailbox = mailbox
        self.arrived = taken
        self.taken = taken
    }

    var hello: [UInt8] { SentFrame.hello(mailbox: self.mailbox, deliveredUpTo: self.taken) }

    /// The connection is open. Whether the mailbox is that of the connection before, and whether the server has to be told of more items
    /// than it knows to be taken.
    mutating func opened(id: String, deliveredUpTo: UInt64) -> (resumed: Bool, owesAcknowledgement: Bool) {
        let resumed = id == self.mailbox
        if !resumed {
            self.mailbox = id
            self.arrived = deliveredUpTo
            self.taken = deliveredUpTo
        }
        return (resumed, self.taken > deliveredUpTo)
    }

    /// Whether it is a new one.
    mutating func receive(seq: UInt64) -> Bool {
        guard seq > self.arrived else { return false }
        self.arrived = seq
        return true
    }

    /// The program is done with an item. Whether that is to be acknowledged: one of a mailbox that is gone is not.
    mutating func take(seq: UInt64, of mailbox: String) -> Bool {
        guard mailbox == self.mailbox, seq > self.taken else { return false }
        self.taken = seq
        return true
    }
}
