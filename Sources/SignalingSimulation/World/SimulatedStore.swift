import SignalingCore
import SignalingRuntime
import TimeKeeping

/// A store that the simulation plays: what is on its disk, and the writer that a journal's changes go to.
final class SimulatedStore {
    enum Mood {
        case prompt
        /// It writes nothing of itself.
        case slow(until: MonotonicTime)
        /// It could not write.
        case failing(until: MonotonicTime)
    }

    /// What outlives the process.
    private(set) var disk = StoredState()
    /// Each process has its own.
    private(set) var journal = Journal()
    private(set) var mood = Mood.prompt
    /// Changes that are on the disk, and nobody was told.
    private var unsaid: [StoredChange] = []
    /// Changes written at a time.
    private let batch: Int

    init(batch: Int) { self.batch = batch }

    /// Nothing is taken now.
    var isFailing: Bool { if case .failing = self.mood { true } else { false } }
    /// Nothing waits to be written or to be said.
    var isIdle: Bool { self.unsaid.isEmpty && !self.journal.hasWork }

    /// Whether there is something that it does of itself by now.
    func isReady(now: MonotonicTime) -> Bool {
        switch self.mood {
        case .prompt: !self.isIdle
        case .slow(let until): now >= until
        case .failing(let until): now >= until
        }
    }

    func slowDown(until: MonotonicTime) { if !self.isFailing { self.mood = .slow(until: until) } }

    // MARK: - Writing

    /// Writes a batch, and tells nobody. One that was written before has to be said first.
    func write() {
        guard self.unsaid.isEmpty, !self.isFailing else { return }
        self.unsaid = self.journal.takeBatch(most: self.batch)
        for change in self.unsaid { self.disk.apply(change) }
    }

    /// Says what was written. `tell` is given it before anybody hears of it.
    func say(now: MonotonicTime, tell: ([StoredChange]) -> Void) {
        guard !self.unsaid.isEmpty else { return }
        tell(self.unsaid)
        self.unsaid = []
        self.journal.written(now: now)
    }

    /// A batch cannot be written. `tell` is called before anybody hears of it.
    func fail(until: MonotonicTime, now: MonotonicTime, tell: () -> Void) {
        guard self.unsaid.isEmpty, !self.isFailing else { return }
        _ = self.journal.takeBatch(most: self.batch)
        self.mood = .failing(until: until)
        tell()
        self.journal.failed(now: now)
    }

    /// Whatever was wrong is over; false if somebody has yet to undo what was refused.
    func recover() -> Bool {
        if self.isFailing, !self.journal.recovered() { return false }
        self.mood = .prompt
        return true
    }

    // MARK: - Its process and its age

    /// The process is gone, and another will begin with what is on the disk. The result is what was never written.
    func crash() -> [StoredChange] {
        // The batch that was written, if there is one, has to be off the queue.
        if !self.unsaid.isEmpty { self.journal.written(now: MonotonicTime(nanoseconds: 0)) }
        let lost = self.journal.takeBatch(most: .max)
        self.unsaid = []
        self.journal = Journal()
        self.mood = .prompt
        return lost
    }

    /// What has expired is of no use to anybody.
    func prune(before moment: UnixMilliseconds) {
        self.disk.codes.removeAll { $0.expires < moment }
        self.disk.redemptions.removeAll { $0.forgotten < moment }
    }
}
