import SignalingCore
import SignalingTestKit
import Testing

@testable import SQLiteStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What keeps a store from being opened is said in one line, and the file stays as it is.
struct StartFaultTests {
    @Test func aFileOfNothingIsANewStore() throws {
        let folder = try StoreFolder()
        try folder.write([], to: "store.db")
        #expect(try folder.open().takeState().codes.isEmpty)
    }

    @Test(arguments: ["x", "SQLite format 3\0", "PK\u{3}\u{4}" + String(repeating: "a zip file ", count: 1000)])
    func whatIsNoDatabaseIsLeftAlone(contents: String) throws {
        let folder = try StoreFolder()
        let bytes = Array(contents.utf8)
        try folder.write(bytes, to: "store.db")
        #expect(throws: StoreFault.notADatabase) { try folder.open() }
        #expect(try folder.read("store.db") == bytes)
        #expect(folder.names == ["store.db", "store.db-lock"])
    }

    @Test(arguments: ["PRAGMA application_id = 7", "PRAGMA user_version = 3", "CREATE TABLE theirs (x)"])
    func anotherProgramsDatabaseIsLeftAlone(made: String) throws {
        let folder = try StoreFolder()
        try Database(folder.path, .create).execute(made)
        let bytes = try folder.read("store.db")
        #expect(throws: StoreFault.foreign) { try folder.open() }
        #expect(try folder.read("store.db") == bytes)
    }

    @Test func anEmptyDatabaseBecomesAStore() throws {
        let folder = try StoreFolder()
        // So it is left by a server that was ended while it made it.
        try Database(folder.path, .create).execute("PRAGMA journal_mode = WAL")
        #expect(try folder.open().takeState().codes.isEmpty)
    }

    @Test func aStoreThatWasJustMadeIsKnownByItsLog() throws {
        let folder = try StoreFolder()
        let copy = try StoreFolder()
        let file = try folder.file()
        try copy.write(folder.read("store.db"), to: "store.db")
        try copy.write(folder.read("store.db-wal"), to: "store.db-wal")
        #expect(try copy.open().takeState().codes.isEmpty)
        withExtendedLifetime(file) {}
    }

    @Test func aLaterFormatIsLeftAlone() throws {
        let folder = try StoreFolder()
        _ = try folder.file()
        try Database(folder.path, .write).execute("PRAGMA user_version = 2")
        let bytes = try folder.read("store.db")
        #expect(throws: StoreFault.newer(2)) { try folder.open() }
        #expect(try folder.read("store.db") == bytes)
    }

    @Test func aFolderIsNoFile() throws {
        let folder = try StoreFolder()
        #expect(mkdir(folder.path, 0o700) == 0)
        defer { rmdir(folder.path) }
        #expect(throws: StoreFault("is not a file", "name a file")) { try folder.open() }
    }

    @Test func aPipeIsNotWaitedFor() throws {
        let folder = try StoreFolder()
        #expect(mkfifo(folder.path, 0o600) == 0)
        #expect(throws: StoreFault("is not a file", "name a file")) { try folder.open() }
    }

    @Test func aFolderThatIsMissingIsNamed() throws {
        let folder = try StoreFolder()
        #expect(throws: StoreFault.self) { try FilePlace(folder.folder + "/none/store.db") }
        #expect(throws: StoreFault.self) { try FilePlace(folder.folder + "/none/") }
        #expect(throws: StoreFault.self) { try FilePlace("") }
        let fault = #expect(throws: StoreFault.self) { try FilePlace("/nonexistent/store.db") }
        #expect(fault?.description == "the directory /nonexistent/ does not exist; make it, and let the server's user write it")
    }

    @Test(.disabled(if: getuid() == 0, "root may write everywhere"))
    func aFolderThatMayNotBeWrittenIsNamed() throws {
        let folder = try StoreFolder()
        #expect(chmod(folder.folder, 0o500) == 0)
        defer { chmod(folder.folder, 0o700) }
        let fault = #expect(throws: StoreFault.self) { try folder.open() }
        #expect(fault?.what == "the directory \(folder.folder) may not be written")
    }

    @Test(.disabled(if: getuid() == 0, "root may write everything"))
    func aFileThatMayNotBeWrittenIsNotOpened() throws {
        let folder = try StoreFolder()
        _ = try folder.file()
        #expect(chmod(folder.path, 0o400) == 0)
        let fault = #expect(throws: StoreFault.self) { try folder.open() }
        #expect(fault?.what.contains("may not be written") == true)
    }

    @Test func aMissingLibraryIsNamed() throws {
        let fault = #expect(throws: StoreFault.self) { try SQLiteLibrary.load("libnosuch.so.0") }
        #expect(fault?.what == "needs SQLite: there is no libnosuch.so.0")
    }

    @Test func whateverIsWrongIsOneLine() {
        let kinds: [DatabaseFault.Kind] = [
            .diskFull, .quota, .fileTooLarge, .readOnly, .unreadable, .damaged, .locked, .memory, .moved, .other,
        ]
        for kind in kinds {
            let text = StoreFault(DatabaseFault(kind, "detail")).description
            #expect(!text.contains("\n") && text.contains("; "))
        }
    }
}
