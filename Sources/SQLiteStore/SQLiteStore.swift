package import ByteStreams
package import Logging
import NIOConcurrencyHelpers
import ServerThreads
package import SignalingCore
package import SignalingRuntime
package import TimeKeeping

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Codes, redemptions, and rooms with mailboxes, in an SQLite file that outlives the process. The file is not read again while the server
/// runs: what it holds, the server has in memory, and it only ever writes changes.
package final class SQLiteStore: Sendable {
    /// When a change counts as written.
    package enum Sync: Sendable {
        /// When the system has it: nothing is lost if the process ends, the last changes may be if the machine does.
        case normal
        /// When the disk has it.
        case full
    }

    /// What the opening thread has, until the writer's takes it over.
    ///
    /// `@unchecked Sendable`: it is used by whoever has taken it out of the box, and that is one thread at a time.
    private struct Opened: @unchecked Sendable {
        let file: SQLiteFile
        var state: StoredState
    }

    private let opened: NIOLockedValueBox<Opened?>
    private let writer = NIOLockedValueBox<StoreWriter?>(nil)
    private let clock: ServerClock
    private let pauses: StoreWriter.Pauses
    private let logger: Logger

    /// Looks at what can be looked at while another process has the file: whether there is an SQLite, and a folder for it.
    package static func check(path: String) throws(StoreFault) {
        try SQLiteLibrary.load()
        _ = try FilePlace(path)
    }

    /// Whether there is a file, with something in it, of which nobody has said yet what.
    package static func exists(path: String) -> Bool { FilePlace.size(path).map { $0 > 0 } ?? false }

    /// Finds what opening it would fail with, without changing anything: a folder or a file that may not be written, or a process that has it.
    package static func checkOpening(path: String, besideItsServer: Bool) throws(StoreFault) {
        try Self.check(path: path)
        let place = try FilePlace(path)
        guard access(place.folder, W_OK | X_OK) == 0 else { throw FileLock.fault(errno, place) }
        if place.identity != nil, access(place.path, W_OK) != 0 { throw StoreFault(DatabaseFault(.readOnly)) }
        if !besideItsServer { try FileLock.checkFree(place) }
    }

    /// Opens the store and reads it. It blocks: up to `lockWait` if another process has it.
    package static func open(
        path: String, sync: Sync, roomTTL: TimeSpan, lockWait: Duration, clock: ServerClock, logger: Logger
    ) throws(StoreFault) -> SQLiteStore {
        try Self(path: path, sync: sync, roomTTL: roomTTL, lockWait: lockWait, pauses: .init(), clock: clock, logger: logger)
    }

    init(
        path: String, sync: Sync, roomTTL: TimeSpan, lockWait: Duration, pauses: StoreWriter.Pauses, clock: ServerClock, logger: Logger
    ) throws(StoreFault) {
        try SQLiteLibrary.load()
        // A file that may not grow further is an error of the write, not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        let file = try SQLiteFile(FilePlace(path), sync: sync == .full ? .full : .normal, lockWait: lockWait)
        let now = UnixMilliseconds(clock.unixSeconds() * 1000)
        let state: StoredState
        do {
            state = try file.load(TimeBounds(now: now, roomTTL: roomTTL))
        } catch {
            throw StoreFault(error)
        }
        self.opened = NIOLockedValueBox(Opened(file: file, state: state))
        self.clock = clock
        self.pauses = pauses
        self.logger = logger
    }

    // MARK: - Before it is written to

    /// What it held when it was opened. It can be taken once; later there is nothing.
    package func takeState() -> StoredState {
        self.opened.withLockedValue { opened in
            guard let state = opened?.state else { return StoredState() }
            opened?.state = StoredState()
            return state
        }
    }

    /// The key of this name; if there is none, the one that was drawn, which is kept from now on.
    package func key(named name: String, draw: () -> [UInt8]) throws(StoreFault) -> [UInt8] {
        let result = self.opened.withLockedValue { opened -> Result<[UInt8], DatabaseFault> in
            guard let opened else { preconditionFailure("keys are asked for before the store is written to") }
            return Result { () throws(DatabaseFault) in try opened.file.key(name, draw: draw) }
        }
        do { return try result.get() } catch { throw StoreFault(error) }
    }

    // MARK: - While the server runs

    /// Writes what this journal takes, from now on.
    package func start(journal: Journal) {
        guard let opened = self.opened.withLockedValue({ $0.take() }) else { preconditionFailure("a store is started once") }
        let writer = StoreWriter(journal, clock: self.clock, pauses: self.pauses, logger: self.logger)
        self.writer.withLockedValue { $0 = writer }
        writer.start(opened.file)
    }

    /// Whether it can be written.
    package var isHealthy: Bool { self.writer.withLockedValue { $0 }?.isHealthy ?? true }

    /// Writes what waits, closes the file, and gives up the lock; what is not done by then (some seconds) is left undone.
    package func close(within limit: Duration = .seconds(5)) async {
        guard let writer = self.writer.withLockedValue({ $0 }) else {
            self.opened.withLockedValue { $0 = nil }
            return
        }
        let isDone = await withCheckedContinuation { (done: CheckedContinuation<Bool, Never>) in
            // Waiting blocks, which tasks must not.
            startThread { done.resume(returning: writer.close(within: limit)) }
        }
        if !isDone { self.logger.warning("the store was not closed in time: the last changes may be lost") }
    }
}
