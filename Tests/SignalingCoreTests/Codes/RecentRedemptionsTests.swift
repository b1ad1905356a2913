import SignalingCore
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

@Suite struct RecentRedemptionsTests {
    private let start = MonotonicTime(nanoseconds: 5_000_000_000)

    private func id(_ text: String) throws -> RedeemID { try #require(RedeemID(Array(text.utf8))) }
    private func code(_ value: UInt32) throws -> Code { try #require(Code(value: value, digits: 4)) }
    private func redemption(_ number: UInt64) -> RecentRedemptions.Redemption {
        .init(room: RoomID(high: number, low: 1), expiresAt: Double(number))
    }

    @Test func theSameCodeUnderTheSameNameIsFoundForHalfAMinute() throws {
        var recent = RecentRedemptions()
        let (code, id) = (try self.code(42), try self.id("0123456789abcdef"))
        recent.remember(code, id, self.redemption(7), now: self.start)
        #expect(recent.find(code, id, now: self.start) == self.redemption(7))
        let almost = self.start + TimeSpan(nanoseconds: 29_999_999_999)
        #expect(recent.find(code, id, now: almost) == self.redemption(7))
        #expect(recent.find(code, id, now: self.start + .seconds(30)) == nil)
        #expect(recent.find(try self.code(43), id, now: self.start) == nil)
        for other in ["0123456789abcdeF", "0123456789abcdef0", "0123456789abcde_"] {
            #expect(recent.find(code, try self.id(other), now: self.start) == nil)
        }
        recent.sweep(now: self.start + .seconds(31))
        #expect(recent.count == 0)
    }

    @Test func aFullTableForgetsTheOldest() throws {
        var recent = RecentRedemptions(most: 3)
        let id = try self.id("0123456789abcdef")
        for number in 0..<5 as Range<UInt32> {
            recent.remember(try self.code(number), id, self.redemption(UInt64(number)), now: self.start + .seconds(Int64(number)))
        }
        #expect(recent.count == 3)
        let found = try (0..<5 as Range<UInt32>).map { recent.find(try self.code($0), id, now: self.start + .seconds(5)) != nil }
        #expect(found == [false, false, true, true, true])
    }

    @Test(arguments: [
        "0123456789abcdef", "ABCDEFGHIJKLMNOP", "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34", "____----____----",
        String(repeating: "z", count: 64),
    ])
    func aNameIs16To64LettersDigitsDashesAndUnderscores(text: String) { #expect(RedeemID(Array(text.utf8)) != nil) }

    @Test(arguments: [
        "", "0123456789abcde", String(repeating: "z", count: 65), "0123456789abcde ", "0123456789abcde.", "0123456789abcde\0",
        "0123456789abcdé",
        "0123456789abcde+", "0123456789abcde/", "0123456789abcde=",
    ])
    func anythingElseIsNone(text: String) { #expect(RedeemID(Array(text.utf8)) == nil) }
}
