import DequeModule
import SignalingWire
package import TimeKeeping

/// How far a journal has come.
package typealias JournalPosition = UInt64

/// Up to where changes are written, and up to where those behind are not and never will be.
package struct JournalOutcome: Sendable, Equatable {
    package var written: JournalPosition
    /// Everything in `written + 1 ... refused`; nothing if it is not greater.
    package var refused: JournalPosition

    package init(written: JournalPosition = 0, refused: JournalPosition = 0) {
        self.written = written
        self.refused = refused
    }
}

/// What waits to be written: changes in order, each with a position. One writer takes them by batches, of which each is written whole or
/// not at all. Pure.
///
/// Where a batch cannot be written, whoever waits for one of its changes, or for one behind it, is told that it is not; what nobody waits
/// for is kept and written later, before anything else. Nothing more is taken until the writer can write again *and* everybody who was
/// refused has undone what was not written: otherwise one could build on what is not there.
package struct JournalQueue<Waiter: Sendable>: Sendable {
    package struct Entry: Sendable {
        package let change: StoredChange
        package let position: JournalPosition
        /// Nil: nobody waits, and the change is written in any case.
        package let waiter: Waiter?
        package let recorded: MonotonicTime
    }

    /// What the next of its kind makes superfluous, as long as neither has been taken.
    private enum Gathered: Hashable {
        case acknowledged(UInt64, isA: Bool)
        case standing(UInt64)
    }

    private enum Phase: Sendable, Equatable {
        case writing
        /// `undoing`: how many have yet to say that they have undone what was refused.
        case failed(undoing: Int)
    }

    /// Changes that may wait at once. At 20 µs a change it is a second's work.
    package static var most: Int { 65_536 }

    private var phase = Phase.writing
    private var waiting = Deque<Entry>()
    private var batch: [Entry] = []
    private var last: JournalPosition = 0
    private var gathered: [Gathered: JournalPosition] = [:]
    package private(set) var outcome = JournalOutcome()

    package init() {}

    /// Changes that are not written yet.
    package var count: Int { self.waiting.count + self.batch.count }
    package var hasWork: Bool { !self.waiting.isEmpty }
    package var isFailing: Bool { self.phase != .writing }
    /// Whether a change that somebody waits for is taken now.
    package var mayRecord: Bool { self.phase == .writing && self.count < Self.most }

    // MARK: - For those who change something

    /// Takes a change that somebody waits for; nil, and the change must not be made, if nothing is taken now.
    package mutating func record(_ change: StoredChange, _ waiter: Waiter, now: MonotonicTime) -> JournalPosition? {
        guard self.mayRecord else { return nil }
        // It tells how the room stands, too: what is noted of that later comes behind it.
        if case .item(let item) = change { self.gathered[.standing(item.room.mailbox.number)] = nil }
        return self.append(change, waiter, now: now)
    }

    /// Takes a change that nobody waits for. Of each room one acknowledgement a side and one standing wait at most, and a standing for each
    /// item; apart from those there are no more such changes than there are codes and rooms in the store.
    package mutating func note(_ change: StoredChange, now: MonotonicTime) {
        guard let key = Self.key(of: change) else {
            _ = self.append(change, nil, now: now)
            return
        }
        // An acknowledgement may move ahead of items that wait: it is of items that are written.
        if let position = self.gathered[key], let first = self.waiting.first?.position, position >= first {
            let index = Int(position - first)
            let entry = self.waiting[index]
            self.waiting[index] = Entry(change: change, position: position, waiter: nil, recorded: entry.recorded)
            return
        }
        self.gathered[key] = self.append(change, nil, now: now)
    }

    private mutating func append(_ change: StoredChange, _ waiter: Waiter?, now: MonotonicTime) -> JournalPosition {
        self.last += 1
        self.waiting.append(Entry(change: change, position: self.last, waiter: waiter, recorded: now))
        return self.last
    }

    private static func key(of change: StoredChange) -> Gathered? {
        switch change {
        case .acknowledged(let mailbox, let side, _): .acknowledged(mailbox.number, isA: side == .a)
        case .roomStands(let mailbox, _): .standing(mailbox.number)
        case .minted, .freed, .redeemed, .item, .forgotten: nil
        }
    }

    // MARK: - For the writer

    /// The next changes, in order. They are the writer's until it says what became of them.
    package mutating func takeBatch(most: Int) -> [Entry] {
        precondition(self.batch.isEmpty, "the batch before has neither been written nor has it failed")
        self.batch = Array(self.waiting.prefix(most))
        self.waiting.removeFirst(self.batch.count)
        if self.waiting.isEmpty { self.gathered = [:] }
        return self.batch
    }

    /// The batch is written. The result is its entries.
    package mutating func written() -> [Entry] {
        let batch = self.batch
        self.batch = []
        if let last = batch.last { self.outcome.written = last.position }
        return batch
    }

    /// The batch cannot be written. The result is what somebody waits for of it and of what is behind it.
    ///
    /// - Parameter groups: By how many calls of `undone` they will say that they have undone what was not written.
    package mutating func failed(groups: ([Entry]) -> Int) -> [Entry] {
        let all = self.batch + self.waiting
        self.batch = []
        let refused = all.filter { $0.waiter != nil }
        self.outcome.refused = self.last
        // They are written from here on as if they had just come: behind everything that was refused.
        self.waiting = []
        self.gathered = [:]
        for entry in all where entry.waiter == nil { self.noteAgain(entry) }
        let undoing = groups(refused)
        if case .failed(let before) = self.phase {
            self.phase = .failed(undoing: before + undoing)
        } else {
            self.phase = .failed(undoing: undoing)
        }
        return refused
    }

    private mutating func noteAgain(_ entry: Entry) { self.note(entry.change, now: entry.recorded) }

    /// Some of those who were refused have undone what was not written.
    package mutating func undone() {
        guard case .failed(let undoing) = self.phase else { return }
        self.phase = .failed(undoing: undoing - 1)
    }

    /// The writer can write again. False if that is too early: somebody has yet to undo what was not written.
    package mutating func recovered() -> Bool {
        if case .failed(let undoing) = self.phase {
            guard undoing == 0 else { return false }
            self.phase = .writing
        }
        return true
    }
}
