import ByteStreams
import Logging
import ServerThreads
import SignalingCore
import SignalingRuntime
import Synchronization
import TimeKeeping

/// Writes what a journal takes, on a thread of its own: whatever has gathered since the last time is one transaction. Between the changes
/// it tidies the file.
///
/// Where the file cannot be written, those who wait are told, nothing new is taken, and it tries again and again until it can.
final class StoreWriter: Sendable {
    struct Pauses: Sendable {
        /// Without a change, after which the file is tidied.
        var idle = Duration.seconds(1)
        /// Between rounds that are there for what ends by itself.
        var round = Duration.seconds(5)
        var retry = Duration.seconds(1)
        /// Between two looks at whether everybody has undone what was refused.
        var undoing = Duration.milliseconds(20)
    }

    /// Changes in one transaction.
    static let batch = 4096

    private struct State: Sendable {
        var hasWork = false
        var isClosing = false
        var hasEnded = false
    }

    private enum Order: Sendable { case write, tidy, close }

    private let state = Monitor(State())
    private let healthy = Atomic<Bool>(true)
    private let journal: Journal
    private let clock: ServerClock
    private let pauses: Pauses
    private let logger: Logger

    init(_ journal: Journal, clock: ServerClock, pauses: Pauses, logger: Logger) {
        self.journal = journal
        self.clock = clock
        self.pauses = pauses
        self.logger = logger
    }

    var isHealthy: Bool { self.healthy.load(ordering: .acquiring) }

    /// Starts the thread. The file is the thread's from now on, and is closed by it.
    func start(_ file: sending any StoreFile) {
        let handed = HandedOver(file)
        self.journal.attach(wake: { [weak self] in self?.wake() })
        startThread {
            self.run(handed)
            self.state.withLock { $0.hasEnded = true }
            self.state.notify()
        }
    }

    /// Writes what waits and ends the thread. False if that takes longer. It blocks.
    func close(within limit: Duration) -> Bool {
        self.state.withLock { $0.isClosing = true }
        self.state.notify()
        return self.state.wait(for: limit) { $0.hasEnded ? () : nil } != nil
    }

    private func wake() {
        self.state.withLock { $0.hasWork = true }
        self.state.notify()
    }

    // MARK: - The thread

    private func run(_ handed: HandedOver) {
        let file = handed.take()
        // What was recorded before anybody was there to be woken.
        if self.journal.hasWork { self.wake() }
        self.journal.observe(bytes: file.bytes)
        // At first there is what the last process left behind.
        var hasChanged = true
        var nextRound = self.clock.now() + TimeSpan(self.pauses.idle)
        while true {
            let order = self.nextOrder(within: hasChanged ? self.pauses.idle : file.hasMortals ? self.pauses.round : nil)
            do throws(DatabaseFault) {
                switch order {
                case .close: return self.finish(file)
                case .write:
                    hasChanged = true
                    try self.writeBatch(to: file)
                    if self.journal.hasWork { self.wake() }
                    // Whoever never rests tidies now and then.
                    guard self.clock.now() >= nextRound else { break }
                    _ = try file.tidy(self.wallTime)
                    nextRound = self.clock.now() + TimeSpan(self.pauses.idle)
                case .tidy:
                    while try file.tidy(self.wallTime), !self.isWanted {}
                    guard !self.isWanted else { break }
                    try file.compact()
                    hasChanged = false
                }
            } catch {
                self.standStill(file, error)
            }
            self.journal.observe(bytes: file.bytes)
        }
    }

    private func nextOrder(within limit: Duration?) -> Order {
        self.state.wait(for: limit) { state -> Order? in
            if state.hasWork {
                state.hasWork = false
                return .write
            }
            return state.isClosing ? .close : nil
        } ?? .tidy
    }

    /// Whether there is something to do that comes before tidying.
    private var isWanted: Bool { self.state.withLock { $0.hasWork || $0.isClosing } }
    private var isClosing: Bool { self.state.withLock { $0.isClosing } }
    private var wallTime: UnixMilliseconds { UnixMilliseconds(self.clock.unixSeconds() * 1000) }

    private func writeBatch(to file: any StoreFile) throws(DatabaseFault) {
        let changes = self.journal.takeBatch(most: Self.batch)
        guard !changes.isEmpty else { return }
        try file.commit(changes)
        self.journal.written(now: self.clock.now())
        try file.trimLog()
    }

    private func finish(_ file: any StoreFile) {
        do throws(DatabaseFault) {
            while self.journal.hasWork { try self.writeBatch(to: file) }
            try file.compact()
        } catch {
            self.fail(error)
        }
    }

    /// Tells everybody who waits, and the log.
    private func fail(_ fault: DatabaseFault) {
        self.healthy.store(false, ordering: .releasing)
        self.journal.failed(now: self.clock.now())
        self.logger.error(
            "the store cannot be written: new codes and items are refused until it can",
            metadata: ["why": "\(fault.what)", "advice": "\(fault.advice)"])
    }

    // MARK: - When it cannot be written

    /// Tries until the file can be written again, or is to be closed.
    private func standStill(_ file: any StoreFile, _ fault: DatabaseFault) {
        self.fail(fault)
        let since = self.clock.now()
        var told = fault
        while true {
            let isClosing = self.pause(self.pauses.retry)
            do throws(DatabaseFault) {
                try self.writeWhatWasKept(to: file)
                break
            } catch {
                if error == told { self.journal.failed(now: self.clock.now()) } else { self.fail(error) }
                told = error
            }
            if isClosing { return }
        }
        while !self.journal.recovered() {
            if self.pause(self.pauses.undoing) { return }
        }
        self.healthy.store(true, ordering: .releasing)
        self.logger.notice("the store can be written again", metadata: ["after_s": "\(Int((self.clock.now() - since).seconds))"])
        // Something may have been noted that nobody was woken for.
        self.wake()
    }

    private func writeWhatWasKept(to file: any StoreFile) throws(DatabaseFault) {
        repeat {
            let changes = self.journal.takeBatch(most: Self.batch)
            try file.recover(writing: changes)
            self.journal.written(now: self.clock.now())
        } while self.journal.hasWork
    }

    /// True if it is to be closed, without waiting any longer.
    private func pause(_ time: Duration) -> Bool { self.state.wait(for: time) { $0.isClosing ? true : nil } ?? false }
}

/// Takes a file from one thread to another.
///
/// `@unchecked Sendable`: whoever puts it in uses it no more, and it is taken out once.
private final class HandedOver: @unchecked Sendable {
    private var file: (any StoreFile)?

    init(_ file: sending any StoreFile) { self.file = file }

    func take() -> any StoreFile {
        guard let file else { preconditionFailure("it has been taken already") }
        self.file = nil
        return file
    }
}

extension TimeSpan {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
