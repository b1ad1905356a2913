import NIOCore
import SignalingCore
import SignalingWire
import Testing

@testable import SQLiteStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The file of a store: who has it, what is in it, what becomes of its space.
struct StoreFileTests {
    @Test func nobodyElseReadsIt() throws {
        let folder = try StoreFolder()
        let file = try folder.file()
        try file.commit([.minted(Samples.stored(1, expires: folder.wall.now + 1000))])
        #expect(folder.names == ["store.db", "store.db-lock", "store.db-shm", "store.db-wal"])
        for name in folder.names { #expect(FilePlace.status(folder.folder + "/" + name).map { $0.st_mode & 0o777 } == 0o600) }
    }

    @Test func whatIsClosedIsOneFileAndItsLock() async throws {
        let folder = try StoreFolder()
        let store = try folder.open()
        store.start(journal: JournalRig().journal)
        await store.close()
        #expect(folder.names == ["store.db", "store.db-lock"])
    }

    // MARK: - Who has it

    @Test func twoProcessesDoNotHaveIt() async throws {
        let folder = try StoreFolder()
        let first = try folder.open()
        #expect(throws: StoreFault("another process (pid \(getpid())) has it open", "stop that one first")) { try folder.open() }
        await first.close()
        _ = try folder.open()
    }

    @Test func anotherNameIsTheSameFile() throws {
        let folder = try StoreFolder()
        let first = try folder.file()
        #expect(symlink(folder.path, folder.folder + "/other") == 0)
        for name in ["other", "../\(folder.folder.split(separator: "/").last ?? "")/./store.db"] {
            #expect(try FilePlace(folder.folder + "/" + name) == FilePlace(folder.path))
        }
        withExtendedLifetime(first) {}
    }

    @Test func oneThatIsJustEndingIsWaitedFor() async throws {
        let folder = try StoreFolder()
        let first = try folder.open()
        let rig = JournalRig()
        first.start(journal: rig.journal)
        rig.record(.minted(Samples.stored(5, expires: folder.wall.now + 1000)))
        async let second = Task.detached { try folder.open(lockWait: .seconds(10)) }.value
        await first.close()
        #expect(try await second.takeState().codes.map(\.code.value) == [5])
    }

    // MARK: - Keys

    @Test func aKeyIsDrawnOnce() async throws {
        let folder = try StoreFolder()
        let store = try folder.open()
        #expect(try store.key(named: "token") { [1, 2, 3] } == [1, 2, 3])
        #expect(try store.key(named: "token") { [4] } == [1, 2, 3])
        #expect(try store.key(named: "other") { [4] } == [4])
        await store.close()
        let next = try folder.open()
        #expect(try next.key(named: "token") { [5] } == [1, 2, 3])
    }

    // MARK: - What is in it

    @Test func theStateIsTakenOnce() async throws {
        let folder = try StoreFolder()
        try folder.file().commit([.minted(Samples.stored(1, expires: folder.wall.now + 1000))])
        let store = try folder.open()
        #expect(store.takeState().codes.count == 1)
        #expect(store.takeState() == StoredState())
        #expect(store.isHealthy)
        await store.close()
    }

    @Test func aTransactionIsWrittenWholeOrNotAtAll() throws {
        let folder = try StoreFolder()
        let file = try folder.file()
        try file.commit([Samples.item(1, seq: 1)])
        let code = StoredChange.minted(Samples.stored(1, expires: folder.wall.now + 1000))
        // The same item again: no server writes that.
        #expect(throws: DatabaseFault.self) { try file.commit([code, Samples.item(1, seq: 1)]) }
        #expect(try file.load(folder.bounds).codes.isEmpty)
        try file.commit([code])
        #expect(try file.load(folder.bounds).codes.count == 1)
    }

    @Test func whatCouldNotBeWrittenIsTriedAgain() throws {
        let folder = try StoreFolder()
        let file = try folder.file()
        try file.recover(writing: [Samples.item(1, seq: 1), .acknowledged(.init(1), .b, upTo: 1)])
        try file.recover(writing: [])
        #expect(try file.load(folder.bounds).rooms.map(\.b.acknowledged) == [1])
    }

    @Test func aFileThatIsTakenAwayIsNoticed() throws {
        let folder = try StoreFolder()
        let file = try folder.file()
        let code = StoredChange.minted(Samples.stored(1, expires: folder.wall.now + 1000))
        #expect(rename(folder.path, folder.path + "-away") == 0)
        #expect(throws: DatabaseFault(.moved)) { try file.commit([code]) }
        #expect(throws: DatabaseFault(.moved)) { try file.recover(writing: []) }
        try folder.write([], to: "store.db")
        #expect(throws: DatabaseFault(.moved)) { try file.commit([code]) }
        #expect(rename(folder.path + "-away", folder.path) == 0)
        try file.recover(writing: [code])
    }

    /// Somebody who looks into the file keeps the log from being emptied, and nothing else.
    @Test func readersDoNotHinderTheWriter() throws {
        let folder = try StoreFolder()
        let file = try folder.file()
        let reader = try ReadStore(folder.path)
        try reader.database.inOneMoment { () throws(DatabaseFault) in
            #expect(try reader.database.number("SELECT count(*) FROM codes") == 0)
            try file.commit([.minted(Samples.stored(1, expires: folder.wall.now + 1000))])
            try file.compact()
            while try file.tidy(folder.wall.now) {}
            #expect(try reader.database.number("SELECT count(*) FROM codes") == 0)
        }
        try file.compact()
        #expect(FilePlace.size(folder.path + "-wal") == 0)
    }

    // MARK: - Space

    @Test func aBurstLeavesNothingBehind() throws {
        let folder = try StoreFolder()
        let file = try folder.file()
        try file.compact()
        let empty = file.bytes
        for batch in 0..<5 as Range<UInt32> {
            let codes = (batch * 2000..<(batch + 1) * 2000).map { StoredChange.minted(Samples.stored($0, expires: folder.wall.now + 1000)) }
            try file.commit(codes)
            try file.commit(
                (0..<2000).map {
                    .redeemed(Samples.code(0), room: Samples.room(9), Samples.redemption(1, $0, forgotten: folder.wall.now + 1000))
                })
            try file.commit((1...100).map { Samples.item(UInt64(batch), seq: $0, #""\#(String(repeating: "x", count: 5000))""#) })
        }
        #expect(file.bytes > 3_000_000)
        while try file.tidy(folder.wall.now) {}
        #expect(file.hasMortals)
        #expect(try file.load(folder.bounds).codes.count == 10_000)
        folder.wall.move(by: 2000)
        try file.commit((0..<5).map { .forgotten(.init($0)) })
        while try file.tidy(folder.wall.now) {}
        try file.compact()
        #expect(!file.hasMortals)
        // Some pages are kept for what comes next.
        #expect(file.bytes <= empty + 300 * 4096, "\(empty) bytes before, \(file.bytes) bytes now")
        #expect(try file.load(folder.bounds) == StoredState())
    }

    @Test func theLogDoesNotGrowWithWhatIsWritten() throws {
        let folder = try StoreFolder()
        let file = try folder.file()
        let payload = #""\#(String(repeating: "x", count: 100_000))""#
        for seq in 1...600 as ClosedRange<UInt64> {
            try file.commit([Samples.item(1, seq: seq, payload)])
            try file.trimLog()
        }
        let log = try #require(FilePlace.size(folder.path + "-wal"))
        #expect(log > 1_000_000 && log < 24 << 20, "\(log) bytes of log for 60 MB")
    }

    /// One that the clock was set back behind must not keep all others.
    @Test func redemptionsOfAnotherTimeAreForgotten() throws {
        let folder = try StoreFolder()
        let file = try folder.file()
        let now = folder.wall.now
        try file.commit([
            .redeemed(Samples.code(1), room: Samples.room(1), Samples.redemption(1, forgotten: now + 86_400_000)),
            .redeemed(Samples.code(2), room: Samples.room(1), Samples.redemption(2, forgotten: now - 1)),
            .redeemed(Samples.code(3), room: Samples.room(1), Samples.redemption(3, forgotten: now + 30_000)),
        ])
        while try file.tidy(now) {}
        #expect(try file.load(folder.bounds).redemptions.map(\.code.value) == [3])
    }
}
