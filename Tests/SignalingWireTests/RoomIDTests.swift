import SignalingTestKit
import SignalingWire
import Testing

@Suite struct RoomIDTests {
    private let text = "c0ffee00-1234-4abc-8def-0123456789ab"

    @Test func anyCaseNamesTheSameRoom() throws {
        let room = try #require(RoomID(self.text.utf8))
        #expect(RoomID(self.text.uppercased().utf8) == room)
        #expect(RoomID("C0ffEE00-1234-4aBc-8dEf-0123456789Ab".utf8) == room)
        #expect(room.text == self.text)
        #expect(room == RoomID(high: 0xc0ff_ee00_1234_4abc, low: 0x8def_0123_4567_89ab))
        // Any 128 bits will do: the version is nobody's business but the mint's.
        #expect(RoomID("00000000-0000-0000-0000-000000000000".utf8)?.text == "00000000-0000-0000-0000-000000000000")
        #expect(RoomID("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF".utf8)?.text == "ffffffff-ffff-ffff-ffff-ffffffffffff")
    }

    @Test func otherSpellingsAreRefused() {
        let plain = self.text.filter { $0 != "-" }
        let others = [
            "", plain, "{\(self.text)}", "urn:uuid:\(self.text)", " \(self.text)", "\(self.text) ", String(self.text.dropLast()),
            self.text + "0", self.text.replacing("-", with: "_"), self.text.replacing("c", with: "g"), self.text.replacing("0", with: "٠"),
            "c0ffee001-234-4abc-8def-0123456789ab", "c0ffee00-1234-4abc-8def0-123456789ab", "c0ffee00-1234-4abc-8def-0123456789a-",
            "\(plain)----", String(repeating: "-", count: 36),
        ]
        for other in others { #expect(RoomID(other.utf8) == nil, "\(other)") }
    }

    @Test func randomRoomsAreVersion4AndRoundTrip() {
        var random = SplitMix64(seed: 4)
        var seen: Set<RoomID> = []
        for _ in 0..<1_000 {
            let room = RoomID.random(using: &random)
            let text = Array(room.text)
            #expect(text[14] == "4" && "89ab".contains(text[19]))
            #expect(RoomID(room.text.utf8) == room)
            seen.insert(room)
        }
        #expect(seen.count == 1_000)
        // The bits that are not version or variant come from the generator, all of them.
        var ones = ConstantGenerator(value: .max)
        var zeros = ConstantGenerator(value: 0)
        #expect(RoomID.random(using: &ones).text == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        #expect(RoomID.random(using: &zeros).text == "00000000-0000-4000-8000-000000000000")
    }
}

private struct ConstantGenerator: RandomNumberGenerator {
    let value: UInt64
    mutating func next() -> UInt64 { self.value }
}
