import DequeModule
package import TimeKeeping

/// What was sent on a connection and waits for its reply, in the order in which it was sent. Replies have no name of their own: each belongs
/// to the oldest command that waits. So once one is overdue or too many, the connection is over, and nothing that comes on it is anybody's.
package struct CommandPipeline<Tag> {
    /// Commands that may wait for their replies.
    package static var mostWaiting: Int { 4096 }
    /// Bytes that may wait to be sent.
    package static var mostUnsent: Int { 8 << 20 }

    private struct Entry {
        let tag: Tag
        let sent: MonotonicTime
        let deadline: MonotonicTime
    }

    private var waiting: Deque<Entry> = []
    private var isClosed = false

    package init() {}

    package var count: Int { self.waiting.count }

    // MARK: - Sending

    package enum Sending: Equatable, Sendable {
        /// It is to be written now, behind what was before.
        case write
        case refuse(Refusal)
    }

    package enum Refusal: Equatable, Sendable { case tooManyWait, tooMuchUnsent, closed }

    /// A command of so many bytes is to be sent, behind as many that were not sent yet.
    package mutating func send(_ tag: Tag, bytes: Int, unsent: Int, now: MonotonicTime, within limit: TimeSpan) -> Sending {
        guard !self.isClosed else { return .refuse(.closed) }
        guard self.waiting.count < Self.mostWaiting else { return .refuse(.tooManyWait) }
        guard bytes <= Self.mostUnsent - unsent else { return .refuse(.tooMuchUnsent) }
        self.waiting.append(Entry(tag: tag, sent: now, deadline: now + limit))
        return .write
    }

    // MARK: - Receiving

    package enum Receiving {
        case reply(Tag, RESPValue, waited: TimeSpan)
        case push([RESPValue])
        /// A reply that nobody asked for. The connection is to be closed; nobody waits.
        case close
        /// The connection is over.
        case ignore
    }

    /// A reply that comes late, and before anybody has noticed that, is its command's all the same.
    package mutating func received(_ value: RESPValue, now: MonotonicTime) -> Receiving {
        guard !self.isClosed else { return .ignore }
        if case .push(let values) = value { return .push(values) }
        guard let entry = self.waiting.popFirst() else {
            self.isClosed = true
            return .close
        }
        return .reply(entry.tag, value, waited: now - entry.sent)
    }

    // MARK: - Time

    package enum Overdue {
        /// The oldest has until then; nil if nobody waits.
        case wait(until: MonotonicTime?)
        /// The oldest has had its time: the connection is to be closed, and these are lost.
        case close(lost: [Tag])
    }

    package mutating func check(now: MonotonicTime) -> Overdue {
        guard let oldest = self.waiting.first else { return .wait(until: nil) }
        return oldest.deadline > now ? .wait(until: oldest.deadline) : .close(lost: self.close())
    }

    // MARK: - The end

    /// The connection is over. These wait, and will hear nothing: whether their commands were carried out, nobody knows.
    package mutating func close() -> [Tag] {
        self.isClosed = true
        defer { self.waiting = [] }
        return self.waiting.map(\.tag)
    }
}
