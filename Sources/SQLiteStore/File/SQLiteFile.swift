import SignalingCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A store's file while the server has it open. Used by one thread at a time.
final class SQLiteFile: StoreFile {
    /// When a change counts as written.
    enum Sync: Sendable {
        /// When the system has it: a process that ends loses nothing, a machine that does may lose the last changes.
        case normal
        /// When the disk has it.
        case full
    }

    let place: FilePlace
    private let sync: Sync
    private let identity: FilePlace.Identity
    private let database: Database
    private let changes: ChangeStatements
    private let probe: Statement
    private let upkeep: Upkeep
    /// Only where the log is not written to the disk with each change.
    private var writeback: LogWriteback?

    /// Opens a store, and makes it if there is none.
    ///
    /// - Parameter lockWait: For how long it waits if another process has it open.
    init(_ place: FilePlace, sync: Sync, lockWait: Duration = .zero) throws(StoreFault) {
        let lock = try FileLock(place, wait: lockWait)
        self.place = place
        self.sync = sync
        let isNew = try Self.prepare(place)
        guard access(place.path, W_OK) == 0 else { throw StoreFault(DatabaseFault(.readOnly, DatabaseFault.text(of: errno))) }
        guard let identity = place.identity else { throw StoreFault(DatabaseFault(.moved)) }
        self.identity = identity
        if sync == .normal { self.writeback = LogWriteback(path: place.log) }
        do {
            self.database = try Self.connect(place, lock, sync, isNew: isNew)
            self.changes = try ChangeStatements(self.database)
            self.probe = try self.database.prepare(
                "INSERT OR REPLACE INTO probes (number, value) VALUES (1, randomblob(\(Self.probeSize)))")
            self.upkeep = try Upkeep(self.database)
            self.database.waitForOthers(milliseconds: 0)
        } catch {
            throw StoreFault(error)
        }
    }

    /// Makes the file if there is none, and refuses one that is not a store or is a later server's. Returns whether it has no tables yet.
    private static func prepare(_ place: FilePlace) throws(StoreFault) -> Bool {
        switch try FileHeader.read(place) {
        case .missing:
            // Made here, as SQLite would let others read it: it holds codes, messages and a key.
            let descriptor = open(place.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw StoreFault("cannot be made: \(DatabaseFault.text(of: errno))", "name another file") }
            _ = systemClose(descriptor)
            return true
        case .empty: return true
        case .other: throw StoreFault.notADatabase
        // What a store's making wrote last may still be in the log alone.
        case .database(StoreFormat.application, _), .database(0, 0): break
        case .database: throw StoreFault.foreign
        }
        do {
            let database = try Database(place.path, .read)
            database.keepLog()
            if try database.number("SELECT count(*) FROM sqlite_master") == 0 { return true }
            guard try database.number("PRAGMA application_id") == Int64(StoreFormat.application) else { throw StoreFault.foreign }
            let version = try database.number("PRAGMA user_version") ?? 0
            guard version <= StoreFormat.version else { throw StoreFault.newer(version) }
            return false
        } catch let error as DatabaseFault {
            throw StoreFault(error)
        } catch let error as StoreFault {
            throw error
        } catch {
            throw StoreFault(DatabaseFault(.other, "\(error)"))
        }
    }

    private static func connect(_ place: FilePlace, _ lock: FileLock, _ sync: Sync, isNew: Bool) throws(DatabaseFault) -> Database {
        let database = try Database(place.path, .write, lock: lock)
        // Somebody who reads the file may be recovering it at this moment.
        database.waitForOthers(milliseconds: 1000)
        if isNew {
            try database.execute("PRAGMA page_size = 4096")
            try database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        }
        guard try database.prepare("PRAGMA journal_mode = WAL").firstText() == "wal" else {
            throw DatabaseFault(.unreadable, "its file system has no memory that processes share")
        }
        try database.execute(sync.pragma)
        // What a burst made of the log is given back.
        try database.execute("PRAGMA journal_size_limit = \(64 << 20)")
        if isNew { try Self.makeTables(database) }
        return database
    }

    private static func makeTables(_ database: Database) throws(DatabaseFault) {
        try database.transaction { () throws(DatabaseFault) in
            for table in StoreFormat.tables { try database.execute(table) }
            try database.execute("PRAGMA application_id = \(StoreFormat.application)")
            try database.execute("PRAGMA user_version = \(StoreFormat.version)")
        }
    }

    // MARK: - Before it is written to

    /// All that it holds, when what has ended is taken out of it. Times are brought into the bounds that they can have now, which a clock
    /// that was set back may have put them out of; they are written, so that no further start lengthens them.
    func load(_ bounds: TimeBounds) throws(DatabaseFault) -> StoredState {
        var state = StoredState()
        try self.database.transaction { () throws(DatabaseFault) in
            try bounds.enforce(in: self.database)
            state = try StoreReader(database: self.database).state()
        }
        return state
    }

    /// The key of this name; if there is none, the one that was drawn, which is there from now on.
    func key(_ name: String, draw: () -> [UInt8]) throws(DatabaseFault) -> [UInt8] {
        if let key = try StoreReader(database: self.database).key(name) { return key }
        let key = draw()
        // A key that is lost makes everything worthless that was made with it.
        try self.database.execute(Sync.full.pragma)
        try self.database.transaction { () throws(DatabaseFault) in
            try self.database.prepare("INSERT INTO keys (name, value) VALUES (?1, ?2)").run(.text(name), .bytes(key))
        }
        try self.database.execute(self.sync.pragma)
        return key
    }

    // MARK: - Writing

    /// About what a second's changes take: less space than that is as good as none.
    private static let probeSize = 65_536
    /// Pages of the write-ahead log at which they are carried over into the file: 16 MiB.
    private static let longLog = 4096

    func commit(_ changes: [StoredChange]) throws(DatabaseFault) {
        try self.checkPlace()
        try self.database.transaction { () throws(DatabaseFault) in
            for change in changes { try self.changes.apply(change) }
        }
    }

    /// The connection stays the one it was. It alone knows that what it could not write whole is void: a new one could find all of it in
    /// the log, when the server has long told everybody that it is not stored.
    func recover(writing changes: [StoredChange]) throws(DatabaseFault) {
        try self.checkPlace()
        // With an empty log, what is written takes new space on the disk.
        try self.database.checkpoint(.whole)
        try self.database.transaction { () throws(DatabaseFault) in
            for change in changes { try self.changes.apply(change) }
            try self.probe.run()
        }
    }

    func trimLog() throws(DatabaseFault) {
        self.writeback?.grown(to: self.database.logPages)
        if self.database.logPages >= Self.longLog { try self.database.checkpoint(.partial) }
    }

    func tidy(_ now: UnixMilliseconds) throws(DatabaseFault) -> Bool { try self.upkeep.step(now) }

    func compact() throws(DatabaseFault) { try self.database.checkpoint(.whole) }

    var hasMortals: Bool { self.upkeep.hasMortals }

    var bytes: Int { self.place.bytes }

    /// What is written to a file that nobody finds again is lost, and SQLite does not notice.
    private func checkPlace() throws(DatabaseFault) {
        guard self.place.identity == self.identity else { throw DatabaseFault(.moved) }
    }
}

extension SQLiteFile.Sync {
    fileprivate var pragma: String {
        switch self {
        case .normal: "PRAGMA synchronous = NORMAL"
        case .full: "PRAGMA synchronous = FULL"
        }
    }
}
