import NIOCore
import SignalingCore
import SignalingTestKit
import SignalingWire
import Testing

@testable import SQLiteStore

/// `store check` and `store export`.
struct StoreInspectionTests {
    @Test(arguments: [true, false])
    func aCheckSaysWhatIsInIt(isOpen: Bool) throws {
        let folder = try StoreFolder()
        let kept = isOpen ? try Self.filled(folder) : nil
        // Closed behind that call.
        if !isOpen { try Self.filled(folder).compact() }
        let check = try StoreCheck(folder.path)
        #expect(check.faults.isEmpty)
        let figures = Dictionary(uniqueKeysWithValues: check.figures.map { ($0.name, $0.value) })
        #expect(figures["format"] == "1" && figures["codes"] == "1" && figures["redemptions"] == "1" && figures["rooms"] == "2")
        #expect(figures["items"] == "3" && figures["item bytes"] == "26" && figures["keys"] == "1")
        withExtendedLifetime(kept) {}
    }

    @Test func aCheckChangesNothing() throws {
        let folder = try StoreFolder()
        try Self.filled(folder).compact()
        let bytes = try folder.read("store.db")
        _ = try StoreCheck(folder.path)
        #expect(try folder.read("store.db") == bytes)
        #expect(try folder.open().takeState().codes.count == 1)
    }

    @Test func whatIsNoStoreIsNotChecked() throws {
        let folder = try StoreFolder()
        #expect(throws: StoreFault("there is no such file", "name the file that STORE names")) { try StoreCheck(folder.path) }
        try folder.write([], to: "store.db")
        #expect(throws: StoreFault("is empty", "name the file that STORE names")) { try StoreCheck(folder.path) }
        try folder.write(Array("x".utf8), to: "store.db")
        #expect(throws: StoreFault.self) { try StoreCheck(folder.path) }
        try folder.write([], to: "store.db")
        try Database(folder.path, .create).execute("CREATE TABLE theirs (x)")
        #expect(throws: StoreFault("is a database of another program", "name the file that STORE names")) { try StoreCheck(folder.path) }
    }

    @Test func anExportHasALineForEach() throws {
        let folder = try StoreFolder()
        let file = try Self.filled(folder)
        let now = folder.wall.now
        #expect(
            try Self.export(folder) == [
                #"{"kind":"code","code":"0042","room":"\#(Samples.room(1).text)","expires":\#(now + 60_000),"client":"203.0.113.0/24"}"#,
                #"{"kind":"redemption","code":"0007","id":"attempt-1000000001_","room":"\#(Samples.room(1).text)","forgotten":\#(now + 20_000)}"#,
                #"{"kind":"room","room":"\#(Samples.room(5).text)","mailbox":"0000000000000005","owner":"203.0.113.0/24","deserted":null,"#
                    + #""locked":["A"],"A":{"acknowledged":0,"last_ref":9},"B":{"acknowledged":1,"last_ref":0}}"#,
                #"{"kind":"item","mailbox":"0000000000000005","to":"B","seq":2,"bytes":3}"#,
                #"{"kind":"item","mailbox":"0000000000000005","to":"B","seq":3,"bytes":20}"#,
                #"{"kind":"room","room":"\#(Samples.room(6).text)","mailbox":"0000000000000006","owner":"203.0.113.0/24","#
                    + #""deserted":1700000000000,"locked":[],"A":{"acknowledged":0,"last_ref":0},"B":{"acknowledged":0,"last_ref":0}}"#,
                #"{"kind":"item","mailbox":"0000000000000006","to":"A","seq":1,"bytes":3}"#,
            ])
        withExtendedLifetime(file) {}
    }

    @Test func payloadsArePrintedOnDemand() throws {
        let folder = try StoreFolder()
        let file = try Self.filled(folder)
        let lines = try Self.export(folder, payloads: true)
        #expect(lines[3].hasSuffix(#""seq":2,"bytes":3,"payload":"x"}"#))
        // Its line breaks would end the line.
        #expect(lines[4].hasSuffix(#""bytes":20,"payload":{ "sdp": "a\r\n\"" }}"#))
        withExtendedLifetime(file) {}
    }

    @Test func anExportHasAllOfALargeStore() throws {
        let folder = try StoreFolder()
        let file = try folder.file()
        let codes = (0..<2500 as Range<UInt32>).map { StoredChange.minted(Samples.stored($0, expires: folder.wall.now + 1000)) }
        let redemptions = (0..<2500).map { number in
            StoredChange.redeemed(
                Samples.code(1), room: Samples.room(9), Samples.redemption(1, number, forgotten: folder.wall.now + 1000))
        }
        // The first redemption takes the code along.
        try file.commit(Array(codes.dropFirst(2)) + redemptions + (0..<40).map { Samples.item($0, seq: 1) })
        #expect(try Self.export(folder).count == 2498 + 2500 + 80)
        withExtendedLifetime(file) {}
    }

    private static func export(_ folder: StoreFolder, payloads: Bool = false) throws -> [String] {
        var lines: [String] = []
        try StoreExport(folder.path, payloads: payloads).forEachLine { lines.append($0) }
        return lines
    }

    private static func filled(_ folder: StoreFolder) throws -> SQLiteFile {
        let file = try folder.file()
        var refs = AcceptedRefs()
        refs.accept(9, sid: "one")
        _ = try file.key("token") { [1] }
        let locked = RoomStanding(lockedSides: [.a])
        try file.commit([
            .minted(Samples.stored(42, expires: folder.wall.now + 60_000)),
            .redeemed(Samples.code(7), room: Samples.room(1), Samples.redemption(7, forgotten: folder.wall.now + 20_000)),
            Samples.item(5, seq: 1, standing: locked, accepted: refs), Samples.item(5, seq: 2, standing: locked, accepted: refs),
            Samples.item(5, seq: 3, "{\n\"sdp\":\t\"a\\r\\n\\\"\"\n}", standing: locked, accepted: refs),
            .acknowledged(.init(5), .b, upTo: 1),
            Samples.item(6, to: .a, seq: 1, standing: RoomStanding(desertedSince: 1_700_000_000_000)),
        ])
        return file
    }
}
