import NetworkAddresses
import SignalingCore
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// A book with the generator and the clock it is used with.
private struct Desk {
    var book: CodeBook
    var generator = SplitMix64(seed: 42)
    var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    var rooms: UInt64 = 0

    init(digits: Int = 4, digitsMax: Int = 4, maxTTL: TimeSpan = .minutes(10), maxLive: Int = 5_000_000) {
        self.book = CodeBook(digits: digits, digitsMax: digitsMax, maxTTL: maxTTL, maxLive: maxLive)
    }

    mutating func result(ttl: TimeSpan? = nil) -> CodeBook.MintResult {
        self.rooms += 1
        return self.book.mint(ttl: ttl, room: RoomID(high: 7, low: self.rooms), client: .v4(1), now: self.now, using: &self.generator)
    }

    mutating func mint(ttl: TimeSpan? = nil) throws -> Code {
        guard case .minted(let code, _) = self.result(ttl: ttl) else { throw Refused() }
        return code
    }

    mutating func redeem(_ code: Code) -> Bool { self.book.redeem(code, now: self.now) != .gone }

    static let otherRoom = RoomID(high: 8, low: 1)

    mutating func restore(_ code: Code, for life: TimeSpan) -> Bool {
        self.book.restore(code, room: Self.otherRoom, expires: self.now + life, client: .v4(2), now: self.now)
    }

    struct Refused: Error {}
}

@Suite struct CodeBookTests {
    @Test func aCodeIsRedeemedOnceAndLeadsToItsRoom() throws {
        var desk = Desk()
        let code = try desk.mint(ttl: .seconds(30))
        let expected = CodeBook.RedeemResult.redeemed(
            room: RoomID(high: 7, low: 1), expires: desk.now + .seconds(30), client: .v4(1))
        #expect(desk.book.redeem(code, now: desk.now) == expected)
        #expect(desk.book.redeem(code, now: desk.now) == .gone)
        #expect(desk.book.liveCount == 0)
    }

    @Test func aLifeIsCappedAndDefaultsToTheCap() throws {
        var desk = Desk(maxTTL: .minutes(10))
        for ttl in [nil, TimeSpan.minutes(11), .minutes(10)] {
            guard case .minted(_, let expires) = desk.result(ttl: ttl) else { throw Desk.Refused() }
            #expect(expires == desk.now + .minutes(10))
        }
    }

    @Test func nothingIsRedeemedAtOrAfterItsExpirySweptOrNot() throws {
        var desk = Desk()
        let code = try desk.mint(ttl: .seconds(30))
        let other = try desk.mint(ttl: .seconds(30))
        desk.now = desk.now + TimeSpan(nanoseconds: 29_999_999_999)
        #expect(desk.book.sweep(now: desk.now) == 0)
        #expect(desk.redeem(other) == true)
        desk.now = desk.now + TimeSpan(nanoseconds: 1)
        #expect(desk.redeem(code) == false)
        desk.now = desk.now + .seconds(1)
        #expect(desk.redeem(code) == false)
        #expect(desk.book.sweep(now: desk.now) == 1)
        #expect(desk.book.liveCount == 0)
    }

    @Test func whenAllCodesAreTakenTheAnswerSaysWhenTheNextIsFree() throws {
        var desk = Desk()
        for _ in 0..<9_999 { _ = try desk.mint(ttl: .minutes(5)) }
        let brief = try desk.mint(ttl: .seconds(90))
        #expect(desk.result() == .exhausted(retryAfter: .seconds(90)))
        desk.now = desk.now + .seconds(60)
        #expect(desk.result() == .exhausted(retryAfter: .seconds(30)))
        desk.now = desk.now + TimeSpan(nanoseconds: 29_999_999_999)
        #expect(desk.result() == .exhausted(retryAfter: .seconds(1)))
        // Expired this instant and swept by nobody: its code, the only free one, is minted.
        desk.now = desk.now + TimeSpan(nanoseconds: 1)
        #expect(try desk.mint(ttl: .minutes(1)) == brief)
        #expect(desk.result() == .exhausted(retryAfter: .minutes(1)))
        #expect(desk.redeem(brief) == true)
        #expect(try desk.mint() == brief)
    }

    @Test func expiredCodesAreFreeForMintingWithoutAJanitor() throws {
        var desk = Desk(maxTTL: .seconds(10))
        for _ in 0..<3 {
            var codes: Set<Code> = []
            for _ in 0..<10_000 { codes.insert(try desk.mint()) }
            #expect(codes.count == 10_000)
            desk.now = desk.now + .seconds(10)
        }
    }

    @Test func codesGrowWhenHalfTheShorterSpaceIsTaken() throws {
        var desk = Desk(digits: 4, digitsMax: 6)
        for _ in 0..<5_000 { #expect(try desk.mint().digits == 4) }
        for _ in 0..<100 { #expect(try desk.mint().digits == 5) }
        #expect(desk.book.liveCount == 5_100)
        // When the burst is over, so is the growth.
        desk.now = desk.now + .minutes(11)
        desk.book.sweep(now: desk.now)
        #expect(try desk.mint().digits == 4)
    }

    @Test func theLongestThenTheShorterSpacesAreUsedUpWholly() throws {
        var desk = Desk(digits: 4, digitsMax: 5)
        var lengths: [Int] = []
        for _ in 0..<110_000 { lengths.append(try desk.mint().digits) }
        let wanted =
            Array(repeating: 4, count: 5_000) + Array(repeating: 5, count: 100_000) + Array(repeating: 4, count: 5_000)
        #expect(lengths == wanted)
        #expect(desk.result() == .exhausted(retryAfter: .minutes(10)))
    }

    @Test func liveCodesAreBounded() throws {
        var desk = Desk(digits: 8, digitsMax: 8, maxLive: 3)
        let first = try desk.mint(ttl: .minutes(3))
        for _ in 0..<2 { _ = try desk.mint(ttl: .minutes(2)) }
        #expect(desk.result() == .exhausted(retryAfter: .minutes(2)))
        #expect(desk.redeem(first) == true)
        _ = try desk.mint()
        #expect(desk.result() == .exhausted(retryAfter: .minutes(2)))
    }

    @Test func aRaisedFloorHoldsUntilTheCalmIsOver() throws {
        var desk = Desk(digits: 4, digitsMax: 6)
        let short = try desk.mint()
        #expect(desk.book.raiseFloor(now: desk.now) == true)
        #expect(try desk.mint().digits == 5)
        #expect(desk.redeem(short) == true)
        let guessing = desk.book.guessing(now: desk.now)
        #expect(guessing == (5, 1, 100_000))
        desk.now = desk.now + .minutes(9)
        #expect(desk.book.raiseFloor(now: desk.now) == true)
        #expect(try desk.mint().digits == 6)
        // As long as it may be: the calm starts again, the length stays.
        desk.now = desk.now + .minutes(9)
        #expect(desk.book.raiseFloor(now: desk.now) == false)
        #expect(try desk.mint().digits == 6)
        desk.now = desk.now + TimeSpan(nanoseconds: CodeBook.calm.nanoseconds - 1)
        #expect(desk.book.floorDigits(now: desk.now) == 6)
        desk.now = desk.now + TimeSpan(nanoseconds: 1)
        #expect(try desk.mint().digits == 4)
        #expect(desk.book.raiseFloor(now: desk.now) == true)
        #expect(try desk.mint().digits == 5)
    }

    @Test func aRaisedFloorDoesNotRefuseWhatShorterCodesCanServe() throws {
        var desk = Desk(digits: 4, digitsMax: 5)
        #expect(desk.book.raiseFloor(now: desk.now) == true)
        let lengths = try (0..<100_001).map { _ in try desk.mint().digits }
        #expect(lengths == Array(repeating: 5, count: 100_000) + [4])
    }

    @Test func aSweepStopsAtItsLimit() throws {
        var desk = Desk()
        for _ in 0..<100 { _ = try desk.mint(ttl: .seconds(5)) }
        desk.now = desk.now + .seconds(6)
        #expect(desk.book.sweep(now: desk.now, limit: 60) == 60)
        #expect(desk.book.sweep(now: desk.now, limit: 60) == 40)
        #expect(desk.book.sweep(now: desk.now, limit: 60) == 0)
    }

    @Test func agreesWithADictionary() throws {
        var desk = Desk(digits: 4, digitsMax: 5, maxTTL: .seconds(60))
        var model: [Code: (room: UInt64, expires: MonotonicTime)] = [:]
        var generator = SplitMix64(seed: 9)
        for _ in 0..<30_000 {
            desk.now = desk.now + .milliseconds(Int64.random(in: 0...20, using: &generator))
            if Bool.random(using: &generator) {
                let ttl = TimeSpan.milliseconds(Int64.random(in: 1...80_000, using: &generator))
                guard case .minted(let code, let expires) = desk.result(ttl: ttl) else { throw Desk.Refused() }
                #expect(expires == desk.now + min(ttl, .seconds(60)))
                if let former = model[code] { #expect(former.expires <= desk.now) }
                model[code] = (desk.rooms, expires)
            } else {
                let guess = try #require(Code(value: UInt32.random(in: 0..<10_000, using: &generator), digits: 4))
                let code = Int.random(in: 0..<8, using: &generator) == 0 ? model.keys.first ?? guess : guess
                let entry = model.removeValue(forKey: code)
                let live = entry.flatMap { $0.expires > desk.now ? $0 : nil }
                let expected = live.map {
                    CodeBook.RedeemResult.redeemed(room: RoomID(high: 7, low: $0.room), expires: $0.expires, client: .v4(1))
                }
                #expect(desk.book.redeem(code, now: desk.now) == expected ?? .gone)
            }
        }
        desk.now = desk.now + .seconds(61)
        desk.book.sweep(now: desk.now)
        #expect(desk.book.liveCount == 0)
    }

    @Test func whatWasTakenOutCanBePutBack() throws {
        var desk = Desk()
        let codes = try (0..<100).map { _ in try desk.mint(ttl: .seconds(30)) }
        let first = codes[0]
        let isLive = desk.restore(first, for: .seconds(9))
        #expect(!isLive)
        let isRedeemed = desk.redeem(first)
        let isBack = desk.restore(first, for: .seconds(9))
        #expect(isRedeemed && isBack && desk.book.liveCount == 100)
        let expected = CodeBook.RedeemResult.redeemed(room: Desk.otherRoom, expires: desk.now + .seconds(9), client: .v4(2))
        #expect(desk.book.redeem(first, now: desk.now) == expected)
        // No code lives longer than any may.
        let isBackAgain = desk.restore(first, for: .minutes(99))
        desk.now = desk.now + .minutes(10)
        let livesOn = desk.redeem(first)
        #expect(isBackAgain && !livesOn)
        let isOfALengthThatThereIsNot = desk.restore(try #require(Code(value: 1, digits: 5)), for: .seconds(9))
        #expect(!isOfALengthThatThereIsNot)
    }

    @Test func aCodeThatNobodyWasToldOfIsTakenBack() throws {
        var desk = Desk()
        let code = try desk.mint()
        desk.book.takeBack(code, room: RoomID(high: 9, low: 9))
        #expect(desk.book.liveCount == 1)
        desk.book.takeBack(code, room: RoomID(high: 7, low: 1))
        let isLive = desk.redeem(code)
        #expect(desk.book.liveCount == 0 && !isLive)
    }
}
