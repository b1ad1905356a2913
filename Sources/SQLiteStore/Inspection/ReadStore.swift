/// A store that is read beside the server that has it open, or while none has. It takes no lock and changes nothing.
struct ReadStore {
    let path: String
    let database: Database

    init(_ path: String) throws(StoreFault) {
        try SQLiteLibrary.load()
        guard let size = FilePlace.size(path) else { throw StoreFault("there is no such file", Self.advice) }
        // The file is not opened here to look at its header: if this process had it open as a store, that would give up the locks on it.
        guard size > 0 else { throw StoreFault("is empty", Self.advice) }
        self.path = path
        let application: Int64?
        do {
            self.database = try Self.connect(path)
            application = try self.database.number("PRAGMA application_id")
        } catch {
            throw error.kind == .damaged ? StoreFault("is not a database, or its beginning is damaged", Self.advice) : StoreFault(error)
        }
        guard application == Int64(StoreFormat.application) else { throw StoreFault("is a database of another program", Self.advice) }
        let version = try self.version()
        guard version <= StoreFormat.version else { throw StoreFault.newer(version) }
    }

    private static let advice = "name the file that STORE names"

    private static func connect(_ path: String) throws(DatabaseFault) -> Database {
        do {
            let database = try Database(path, .read)
            database.keepLog()
            database.waitForOthers(milliseconds: 1000)
            _ = try database.number("SELECT count(*) FROM sqlite_master")
            return database
        } catch {
            // Where no files can be made beside it, it can be read as it is if nobody writes it.
            guard error.kind == .unreadable || error.kind == .readOnly, FilePlace.size(path + "-wal") ?? 0 == 0
            else {
                throw error
            }
            return try Database(path, .readUnchanging)
        }
    }

    func version() throws(StoreFault) -> Int64 {
        do { return try self.database.number("PRAGMA user_version") ?? 0 } catch { throw StoreFault(error) }
    }
}
