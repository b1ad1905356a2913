import CSQLite

/// The system's SQLite. It is loaded when a store is opened, so that whoever has no store needs none.
enum SQLiteLibrary {
    #if canImport(Darwin)
    private static let name = "/usr/lib/libsqlite3.dylib"
    #else
    private static let name = "libsqlite3.so.0"
    #endif

    /// 3.24, of June 2018, is the first that inserts or updates in one step.
    private static let oldest: Int32 = 3_024_000

    private static let loaded = Result { () throws(StoreFault) in try Self.load(Self.name) }

    static func load() throws(StoreFault) { try self.loaded.get() }

    static func load(_ name: String) throws(StoreFault) {
        // What is missing may be the name itself, which C has for as long as this lasts.
        let missing = name.withCString { name in csq_load(name).map { String(cString: $0) } }
        if let missing { throw StoreFault("needs SQLite: there is no \(missing)", Self.advice) }
        guard csq_version() >= self.oldest else { throw StoreFault("needs SQLite 3.24 or newer", Self.advice) }
        guard csq_is_threadsafe() != 0 else { throw StoreFault("needs a SQLite that was built for threads", Self.advice) }
    }

    private static let advice = "install it (libsqlite3-0 on Debian and Ubuntu, sqlite-libs on Fedora), or set STORE=memory"
}
