import SignalingCore
import SignalingTestKit
import SignalingWire
import Testing

@testable import SQLiteStore

/// Files that a disk, or somebody, has changed.
struct DamageTests {
    /// Nothing is guessed: the server would go on with what is not so.
    @Test(arguments: [
        "UPDATE codes SET code = 1", "UPDATE codes SET code = 400010000", "UPDATE codes SET code = -400000001",
        "UPDATE codes SET code = 9223372036854775807", "UPDATE codes SET room = x'00'", "UPDATE codes SET room = 'text'",
        "UPDATE codes SET client = x'0102030405'", "UPDATE codes SET expires = 'soon'", "UPDATE redemptions SET id = 'short'",
        "UPDATE redemptions SET id = 'not/a/name/of/an/attempt'", "UPDATE redemptions SET expires_at = 'x'",
        "UPDATE rooms SET locked = 4", "UPDATE rooms SET locked = 'x'", "UPDATE rooms SET deserted = x''", "UPDATE rooms SET owner = x''",
        "UPDATE rooms SET a_acknowledged = -1", "UPDATE rooms SET b_acknowledged = 1", "UPDATE rooms SET a_sid = ''",
        "UPDATE rooms SET a_last = 0", "UPDATE rooms SET a_last = NULL", "UPDATE rooms SET a_refused = x'00'",
        "UPDATE rooms SET a_refused = x'0000000000000000'", "UPDATE rooms SET a_sid = CAST(x'ff' AS TEXT)", "DELETE FROM rooms",
        "DELETE FROM items WHERE seq = 1", "UPDATE items SET side = 2", "UPDATE items SET seq = seq + 10",
        "UPDATE items SET payload = 1", "UPDATE items SET mailbox = mailbox - 1", "DROP TABLE codes",
        "ALTER TABLE rooms DROP COLUMN locked",
    ])
    func whatCannotBeIsDamage(change: String) throws {
        let folder = try Self.folder()
        try Database(folder.path, .write).execute(change)
        let fault = #expect(throws: StoreFault.self) { try folder.open() }
        #expect(fault?.what.contains("is damaged") == true, "\(fault?.description ?? "")")
        #expect(try !StoreCheck(folder.path).faults.isEmpty)
    }

    /// Whatever is garbled is found, or makes no difference; nothing crashes, and the file is not taken for a new one.
    @Test(arguments: 0..<60)
    func aGarbledPageIsFoundOrHarmless(seed: Int) throws {
        let folder = try Self.folder()
        var random = SplitMix64(seed: UInt64(seed))
        var bytes = try folder.read("store.db")
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let count = min([1, 16, 4096].randomElement(using: &random) ?? 1, bytes.count - place)
        for offset in 0..<count { bytes[place + offset] = UInt8(truncatingIfNeeded: random.next()) }
        try folder.write(bytes, to: "store.db")
        do throws(StoreFault) {
            let state = try folder.open().takeState()
            #expect(state.codes.count <= 50 && state.rooms.count <= 2)
        } catch {
            let known = ["is damaged", "is not a database", "is a database of another program", "is of format", "SQLite refuses"]
            #expect(known.contains { error.what.contains($0) }, "\(error)")
        }
        #expect(folder.names.contains("store.db"))
    }

    @Test(arguments: [1, 512, 4096, 8192])
    func aFileThatWasCutOffIsFound(left: Int) throws {
        let folder = try Self.folder()
        try folder.write(Array(try folder.read("store.db").prefix(left)), to: "store.db")
        #expect(throws: StoreFault.self) { try folder.open() }
    }

    // MARK: - The log

    /// A machine that loses its power leaves the end of the log as it happens to be.
    @Test(arguments: 0..<40)
    func ofATornLogAPrefixIsLeft(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let folder = try StoreFolder()
        let file = try folder.file()
        try file.compact()
        var states = [try file.load(folder.bounds)]
        for value in 0..<20 as Range<UInt32> {
            let number = UInt64(value)
            try file.commit([
                .minted(Samples.stored(value, expires: folder.wall.now + 1000)), Samples.item(number % 3, seq: number / 3 + 1),
            ])
            var next = states[states.count - 1]
            next.apply(.minted(Samples.stored(value, expires: folder.wall.now + 1000)))
            next.apply(Samples.item(number % 3, seq: number / 3 + 1))
            states.append(next)
        }
        let copy = try StoreFolder()
        try copy.write(folder.read("store.db"), to: "store.db")
        var log = try folder.read("store.db-wal")
        let length = log.count
        let cut = Int.random(in: 0...log.count, using: &random)
        if seed.isMultiple(of: 2) {
            log.removeLast(log.count - cut)
        } else {
            for index in cut..<min(cut + 5000, log.count) { log[index] = UInt8(truncatingIfNeeded: random.next()) }
        }
        try copy.write(log, to: "store.db-wal")
        let found = try copy.file().load(copy.bounds).inOrder
        let whole = states.map { $0.survivors(at: copy.wall.now, roomTTL: StoreFolder.roomTTL).inOrder }
        let isPrefix = whole.contains(found)
        #expect(isPrefix, "\(found.codes.count) codes")
        if cut == length { #expect(found.codes.count == 20) }
        withExtendedLifetime(file) {}
    }

    /// A store that was closed, with something of everything in it.
    private static func folder() throws -> StoreFolder {
        let folder = try StoreFolder()
        let file = try folder.file()
        let now = folder.wall.now
        var refs = AcceptedRefs()
        refs.accept(3, sid: "one")
        try file.commit(
            [.redeemed(Samples.code(1), room: Samples.room(1), Samples.redemption(1, forgotten: now + 20_000))]
                + [Samples.item(5, seq: 1, accepted: refs), Samples.item(5, seq: 2, accepted: refs), Samples.item(6, to: .a, seq: 1)])
        try file.commit([.minted(Samples.stored(7, expires: now + 60_000))])
        return folder
    }
}
