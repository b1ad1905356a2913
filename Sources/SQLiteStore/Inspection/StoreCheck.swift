import CSQLite

/// What is in a store, and whether it is sound.
package struct StoreCheck: Sendable {
    /// Names and values, in order.
    package private(set) var figures: [(name: String, value: String)] = []
    /// What is wrong with it; at most some twenty lines of it.
    package private(set) var faults: [String] = []

    /// Looks at the whole file.
    package init(_ path: String) throws(StoreFault) {
        let store = try ReadStore(path)
        let version = try store.version()
        do {
            try store.database.inOneMoment { () throws(DatabaseFault) in
                try self.count(store, version: version)
                try self.look(at: store.database)
            }
        } catch {
            guard error.kind == .damaged else { throw StoreFault(error) }
            self.faults.append(error.what)
        }
    }

    private mutating func count(_ store: ReadStore, version: Int64) throws(DatabaseFault) {
        func add(_ name: String, _ value: Int64) { self.figures.append((name, String(value))) }
        let database = store.database
        add("format", version)
        self.figures.append(("SQLite", Self.libraryVersion))
        add("file bytes", Int64(FilePlace.size(store.path) ?? 0))
        add("log bytes", Int64(FilePlace.size(store.path + "-wal") ?? 0))
        add("unused bytes", (try database.number("PRAGMA freelist_count") ?? 0) * (try database.number("PRAGMA page_size") ?? 0))
        for table in ["codes", "redemptions", "rooms", "items", "keys"] {
            add(table, try database.number("SELECT count(*) FROM \(table)") ?? 0)
        }
        add("item bytes", try database.number("SELECT coalesce(sum(length(payload)), 0) FROM items") ?? 0)
    }

    private mutating func look(at database: Database) throws(DatabaseFault) {
        var lines: [String] = []
        let check = try database.prepare("PRAGMA integrity_check(20)")
        try check.forEachRow { () throws(DatabaseFault) in lines.append(try check.text(0)) }
        if lines != ["ok"] { self.faults += lines }
        // SQLite knows nothing of what the values mean.
        _ = try StoreReader(database: database).state(payloads: false)
    }

    private static var libraryVersion: String {
        let number = csq_version()
        return "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)"
    }
}
