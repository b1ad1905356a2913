import CSQLite

/// A connection to a database file. Used by one thread at a time, which is all that SQLite is told of threads.
final class Database {
    enum Access {
        case write
        /// Makes the file if there is none.
        case create
        case read
        /// Without looking for changes that others make, and without making the files that readers share with a writer.
        case readUnchanging
    }

    let handle: OpaquePointer
    private let lock: FileLock?
    /// Pages in the write-ahead log. On the heap, because SQLite knows it by its address; it lives as long as the connection.
    private let logPageCount = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    /// - Parameter lock: It is given up when the connection has been closed.
    init(_ path: String, _ access: Access, lock: FileLock? = nil) throws(DatabaseFault) {
        self.lock = lock
        var handle: OpaquePointer?
        let (name, flags) =
            switch access {
            case .write: (path, csq_open_readwrite)
            case .create: (path, csq_open_readwrite | csq_open_create)
            case .read: (path, csq_open_readonly)
            case .readUnchanging: (Self.uri(path) + "?immutable=1", csq_open_readonly | csq_open_uri)
            }
        let code = csq_open(name, &handle, flags | csq_open_nomutex)
        self.logPageCount.initialize(to: 0)
        // Without memory there is no connection to ask what went wrong.
        guard let handle else {
            self.logPageCount.deallocate()
            throw DatabaseFault(.memory)
        }
        self.handle = handle
        guard code == csq_ok else { throw self.fault }
        csq_count_log_pages(handle, self.logPageCount)
        try self.execute("PRAGMA trusted_schema = OFF")
        try self.execute("PRAGMA cell_size_check = ON")
        try self.execute("PRAGMA temp_store = MEMORY")
        // A file that is mapped and cannot be read ends the process instead of the call.
        try self.execute("PRAGMA mmap_size = 0")
    }

    deinit {
        // Statements hold their connection: all of them are gone.
        csq_close(self.handle)
        self.logPageCount.deallocate()
    }

    /// Pages in the write-ahead log as of the last commit.
    var logPages: Int { Int(self.logPageCount.pointee) }

    private static func uri(_ path: String) -> String {
        "file:"
            + path.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "%"): "%25"
                case UInt8(ascii: "?"): "%3f"
                case UInt8(ascii: "#"): "%23"
                default: String(decoding: CollectionOfOne(byte), as: UTF8.self)
                }
            }.joined()
    }

    /// Why the last call failed.
    var fault: DatabaseFault {
        DatabaseFault(
            code: csq_extended_code(self.handle), system: csq_system_error(self.handle), message: String(cString: csq_message(self.handle)))
    }

    func prepare(_ text: String) throws(DatabaseFault) -> Statement { try Statement(text, in: self) }

    func execute(_ text: String) throws(DatabaseFault) { try self.prepare(text).run() }

    /// The first value of the first row, if there is one.
    func number(_ text: String) throws(DatabaseFault) -> Int64? { try self.prepare(text).number() }

    /// Does all of it or nothing.
    func transaction(_ body: () throws(DatabaseFault) -> Void) throws(DatabaseFault) {
        try self.execute("BEGIN IMMEDIATE")
        do {
            try body()
            try self.execute("COMMIT")
        } catch {
            // After some faults SQLite has rolled back already. If it cannot, the connection is closed, which does it.
            if csq_in_transaction(self.handle) != 0 { try? self.execute("ROLLBACK") }
            throw error
        }
    }

    /// Reads the same state of the file throughout.
    func inOneMoment(_ body: () throws(DatabaseFault) -> Void) throws(DatabaseFault) {
        try self.execute("BEGIN")
        // Nothing was written: how it ends does not matter, and it does end.
        defer { try? self.execute("ROLLBACK") }
        try body()
    }

    enum Checkpoint { case partial, whole }

    /// Carries the write-ahead log over into the file, as far as readers allow. A whole one empties the log.
    func checkpoint(_ kind: Checkpoint) throws(DatabaseFault) {
        let code = csq_checkpoint(self.handle, kind == .whole ? csq_checkpoint_truncate : csq_checkpoint_passive)
        guard code & 0xff != csq_busy else { return }
        guard code == csq_ok else { throw self.fault }
        if kind == .whole { self.logPageCount.pointee = 0 }
    }

    /// Leaves the files as they are when this connection is closed.
    func keepLog() { csq_keep_log(self.handle) }

    func waitForOthers(milliseconds: Int32) { csq_busy_timeout(self.handle, milliseconds) }
}
