import Testing

@testable import ServerUnderTest
@testable import bench

@Suite struct RecordedCallTests {
    private let room = "0b54ef31-5b0a-4a6b-9a31-7a1d8f6c2e11"
    private let itemRoom = "1c54ef31-5b0a-4a6b-9a31-7a1d8f6c2e22"
    private let request = "00112233445566778899aabbccddeeff"

    private func call(_ digest: String, _ keys: [String], _ arguments: [String]) throws -> RecordedCall {
        try #require(RecordedCall([digest, "\(keys.count)"] + keys + arguments))
    }

    private func codes(_ digest: String, result: String, _ arguments: [String]) throws -> RecordedCall {
        try self.call(digest, ["{b:codes}:live", "{b:codes}:counts", "{b:codes}:result:\(result)"], ["4", "6", "5000000"] + arguments)
    }

    private func rooms(_ digest: String, _ room: String, _ arguments: [String]) throws -> RecordedCall {
        try self.call(digest, ["{b:\(room)}", "{b:\(room)}:A", "{b:\(room)}:B"], arguments)
    }

    private func pairing() throws -> [RecordedCall] {
        [
            try self.call("renew", ["{b:nodes}:all"], ["n1", "10000", "0"]),
            try self.codes("mint", result: self.room, ["600000", self.room, "net", "0", "1", "1", "1", "11", "22"]),
            try self.codes("redeem", result: self.request, ["1234"]),
            try self.rooms("claim", self.room, ["n1", "", "600000", "600000", "m1", "net"]),
            try self.rooms("claim", self.room, ["n2", "", "600000", "600000", "m2", "net"]),
            try self.codes("mint", result: self.itemRoom, ["600000", self.itemRoom, "net", "0", "1", "1", "1", "11", "22"]),
            try self.rooms("release", self.room, ["n1", "1700", ""]),
            try self.codes("redeem", result: "later", ["5678"]),
        ]
    }

    private func items() throws -> [RecordedCall] {
        [
            try self.rooms("claim", self.itemRoom, ["n1", "", "600000", "600000", "m1", "net"]),
            try self.rooms("store", self.itemRoom, ["n1", "1800", "600000", "B", "1", "A", "x", "\"item\""]),
            try self.rooms("acknowledge", self.itemRoom, ["n1", "1800", "B", "1"]),
            try self.rooms("release", self.itemRoom, ["n1", "1800", ""]),
        ]
    }

    @Test func whatNodesAskedForIsToldApart() throws {
        let calls = try RecordedCalls(pairing: try self.pairing(), items: try self.items())
        #expect(calls.mint.digest == "mint" && calls.pairingRoom == self.room)
        #expect(calls.redeem.digest == "redeem" && calls.request == self.request)
        #expect(calls.claims.home.arguments[0] == "n1" && calls.claims.other.arguments[0] == "n2")
        #expect(calls.release.digest == "release" && calls.release.mentions(self.room))
        #expect(calls.store.digest == "store" && calls.acknowledge.digest == "acknowledge" && calls.itemRoom == self.itemRoom)
    }

    @Test func whatIsMissingIsReported() throws {
        let (pairing, items) = (try self.pairing(), try self.items())
        // Without the first mint the second begins a pairing, of which the rest is missing; without the first redeem another mint follows.
        for missing in [1, 2, 3, 4, 6] {
            var some = pairing
            some.remove(at: missing)
            #expect(throws: EngineFault.self) { try RecordedCalls(pairing: some, items: items) }
        }
        for missing in [1, 2] {
            var some = items
            some.remove(at: missing)
            #expect(throws: EngineFault.self) { try RecordedCalls(pairing: pairing, items: some) }
        }
        #expect(throws: EngineFault.self) { try RecordedCalls(pairing: [], items: []) }
    }

    @Test func aCallIsMadeAgainWithOtherValues() throws {
        let call = try self.rooms("release", self.room, ["n1", "1700", "at \(self.room)"])
        let command = call.command(replacing: self.room, by: "other", arguments: [RecordedCalls.epoch: "1701"])
        #expect(
            command
                == EngineClient.command(["EVALSHA", "release", "3", "{b:other}", "{b:other}:A", "{b:other}:B", "n1", "1701", "at other"]))
    }

    @Test func whatIsNoCallIsNone() {
        for parts in [[], ["digest"], ["digest", "x"], ["digest", "-1"], ["digest", "2", "a"]] { #expect(RecordedCall(parts) == nil) }
    }
}
