import EngineScripts
import NodeCore
import SignalingCore
import SignalingWire
import Testing
import TimeKeeping

struct RepeatedRedemptionsTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private static let bounds = CodeBounds(digits: 4...8, mostLive: 100)
    private static let room = RoomID(high: 1, low: 1)
    private var redemptions = RepeatedRedemptions()

    private static func code(_ value: UInt32) throws -> Code { try #require(Code(value: value, digits: 6)) }

    private mutating func next() -> (number: UInt64, call: FreeCall)? { self.redemptions.next(Self.bounds) }

    @Test mutating func whatWasRedeemedInTheLastHalfMinuteIsFreedAgainFirst() throws {
        self.redemptions.redeemed(try Self.code(1), Self.room, now: Self.start)
        self.redemptions.redeemed(try Self.code(2), Self.room, now: Self.start + .milliseconds(1))
        #expect(self.redemptions.mayRedeem)
        let none1 = self.next()
        #expect(none1 == nil)
        self.redemptions.lost(now: Self.start + .milliseconds(30_001))
        #expect(!self.redemptions.mayRedeem)
        let next = self.next()
        let first = try #require(next)
        let second = try Self.code(2)
        #expect(first.call.code == second && first.call.room == Self.room)
        let none2 = self.next()
        #expect(none2 == nil)
        self.redemptions.unanswered(first.number)
        #expect(!self.redemptions.mayRedeem)
        let repeated = self.next()
        let again = try #require(repeated)
        #expect(again.call.code == first.call.code)
        self.redemptions.replied(again.number)
        #expect(self.redemptions.mayRedeem)
    }

    @Test mutating func whatIsRedeemedWhileOthersAreRepeatedNeedsNoRepeat() throws {
        self.redemptions.redeemed(try Self.code(1), Self.room, now: Self.start)
        self.redemptions.lost(now: Self.start)
        let next = self.next()
        let first = try #require(next)
        // It is the engine after the loss that replied.
        self.redemptions.redeemed(try Self.code(2), Self.room, now: Self.start)
        let none = self.next()
        #expect(none == nil)
        self.redemptions.replied(first.number)
        #expect(self.redemptions.mayRedeem)
        // At the next loss it is one of those before.
        self.redemptions.lost(now: Self.start)
        let again = [self.next(), self.next()].compactMap { $0?.call.code }
        let both = [try Self.code(1), try Self.code(2)]
        #expect(again == both)
    }

    /// However long the engine is away, and however often it goes again meanwhile.
    @Test mutating func whatIsYetToBeRepeatedStaysSo() throws {
        for value in 1...3 as ClosedRange<UInt32> {
            self.redemptions.redeemed(try Self.code(value), RoomID(high: 1, low: UInt64(value)), now: Self.start)
        }
        self.redemptions.lost(now: Self.start)
        let next = self.next()
        let first = try #require(next)
        self.redemptions.replied(first.number)
        let second = self.next()
        #expect(second != nil)
        self.redemptions.lost(now: Self.start + .minutes(1))
        var left: [Code] = []
        while let next = self.next() { left.append(next.call.code) }
        let expected = try [2, 3].map(Self.code)
        #expect(Set(left) == Set(expected))
    }

    @Test mutating func itIsBounded() throws {
        for value in 0..<UInt32(RepeatedRedemptions.most + 10) {
            self.redemptions.redeemed(try Self.code(value), Self.room, now: Self.start)
        }
        self.redemptions.lost(now: Self.start)
        var underWay: [UInt64] = []
        while let next = self.next() { underWay.append(next.number) }
        #expect(underWay.count == RepeatedRedemptions.mostUnderWay)
        var count = 0
        while let number = underWay.popLast() {
            count += 1
            self.redemptions.replied(number)
            if let next = self.next() { underWay.append(next.number) }
        }
        #expect(count == RepeatedRedemptions.most)
        #expect(self.redemptions.mayRedeem)
    }
}
