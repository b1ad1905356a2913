import NIOCore
import SignalingCore
import Testing

extension Mailbox {
    /// Numbers an item that is stored at once.
    fileprivate mutating func store(_ payload: ByteBuffer, limits: Limits) -> UInt64? {
        let seq = self.append(payload, limits: limits)
        if let seq { self.stored(upTo: seq) }
        return seq
    }
}

@Suite struct MailboxTests {
    private let limits = Mailbox.Limits(messages: 4, bytes: 20)

    private func text(_ mailbox: Mailbox, _ seq: UInt64) -> String? { mailbox.payload(at: seq).map { String(buffer: $0) } }

    @Test func numbersRiseByOneFromOne() {
        var mailbox = Mailbox()
        #expect(mailbox.lastSeq == 0 && mailbox.acknowledged == 0 && mailbox.isEmpty && !mailbox.wasUsed)
        for number in 1...4 { #expect(mailbox.store(ByteBuffer(string: "\(number)"), limits: self.limits) == UInt64(number)) }
        #expect(mailbox.count == 4 && mailbox.bytes == 4 && mailbox.lastSeq == 4 && mailbox.wasUsed)
        #expect(self.text(mailbox, 1) == "1" && self.text(mailbox, 4) == "4")
        #expect(self.text(mailbox, 0) == nil && self.text(mailbox, 5) == nil && self.text(mailbox, .max) == nil)
    }

    @Test func acknowledgingFreesUpToANumber() {
        var mailbox = Mailbox()
        for number in 1...4 { _ = mailbox.store(ByteBuffer(string: String(repeating: "x", count: number)), limits: self.limits) }
        mailbox.acknowledge(upTo: 0)
        #expect(mailbox.count == 4 && mailbox.bytes == 10)
        mailbox.acknowledge(upTo: 2)
        #expect(mailbox.count == 2 && mailbox.bytes == 7 && mailbox.acknowledged == 2)
        #expect(self.text(mailbox, 2) == nil && self.text(mailbox, 3) == "xxx")
        mailbox.acknowledge(upTo: 1)
        #expect(mailbox.count == 2)
        // Past the end means the end, and numbering goes on from there.
        mailbox.acknowledge(upTo: .max)
        #expect(mailbox.isEmpty && mailbox.bytes == 0 && mailbox.acknowledged == 4 && mailbox.lastSeq == 4 && mailbox.wasUsed)
        mailbox.acknowledge(upTo: 9)
        #expect(mailbox.store(ByteBuffer(), limits: self.limits) == 5)
    }

    @Test func boundsAreOfMessagesAndOfBytes() {
        var mailbox = Mailbox()
        #expect(mailbox.store(ByteBuffer(repeating: 0, count: 21), limits: self.limits) == nil)
        #expect(mailbox.store(ByteBuffer(repeating: 0, count: 20), limits: self.limits) == 1)
        #expect(mailbox.store(ByteBuffer(repeating: 0, count: 1), limits: self.limits) == nil)
        for seq in 2...4 { #expect(mailbox.store(ByteBuffer(), limits: self.limits) == UInt64(seq)) }
        #expect(mailbox.store(ByteBuffer(), limits: self.limits) == nil)
        #expect(mailbox.lastSeq == 4)
        mailbox.acknowledge(upTo: 1)
        #expect(mailbox.store(ByteBuffer(repeating: 0, count: 20), limits: self.limits) == 5)
    }

    @Test func longUseWrapsItsStorageWithoutLosingItsPlace() {
        var mailbox = Mailbox()
        for round in 1...500 {
            for step in 1...3 {
                let seq = UInt64(round * 3 - 3 + step)
                #expect(mailbox.store(ByteBuffer(string: "\(seq)"), limits: self.limits) == seq)
                #expect(self.text(mailbox, seq) == "\(seq)")
            }
            // One is left over, so that the storage's start moves on.
            mailbox.acknowledge(upTo: UInt64(round * 3 - 1))
            #expect(mailbox.count == 1 && self.text(mailbox, UInt64(round * 3)) == "\(round * 3)")
            if round.isMultiple(of: 7) { mailbox.acknowledge(upTo: .max) }
        }
    }

    @Test func whatIsNotStoredIsNeitherThereNorFreed() {
        var mailbox = Mailbox()
        _ = mailbox.store(ByteBuffer(string: "a"), limits: self.limits)
        for text in ["bb", "ccc"] { _ = mailbox.append(ByteBuffer(string: text), limits: self.limits) }
        #expect(mailbox.count == 3 && mailbox.bytes == 6 && mailbox.lastSeq == 3)
        #expect(self.text(mailbox, 1) == "a" && self.text(mailbox, 2) == nil)
        mailbox.acknowledge(upTo: .max)
        #expect(mailbox.acknowledged == 1 && mailbox.count == 2)
        mailbox.stored(upTo: 2)
        #expect(self.text(mailbox, 2) == "bb")
        mailbox.dropUnstored()
        #expect(mailbox.count == 1 && mailbox.bytes == 2 && mailbox.lastSeq == 2)
        #expect(mailbox.append(ByteBuffer(), limits: self.limits) == 3)
    }
}
