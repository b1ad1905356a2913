import NetworkAddresses
import STUNCore
import Testing
import TimeKeeping

@Suite struct SourceLimiterTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func admitted(_ limiter: inout SourceLimiter, _ source: ClientAddress, _ count: Int, at time: MonotonicTime) -> Int {
        (0..<count).reduce(0) { sum, _ in sum + (limiter.admits(source, now: time) ? 1 : 0) }
    }

    @Test func aSourceHasItsPartInEachWindow() {
        var limiter = SourceLimiter(limit: 100, window: .seconds(1))
        #expect(self.admitted(&limiter, .v4(1), 250, at: self.start) == 100)
        #expect(self.admitted(&limiter, .v4(1), 50, at: self.start + .milliseconds(999)) == 0)
        #expect(self.admitted(&limiter, .v4(1), 250, at: self.start + .seconds(1)) == 100)
        // However long nobody has come.
        #expect(self.admitted(&limiter, .v4(1), 250, at: self.start + .minutes(60 * 24 * 365)) == 100)
    }

    @Test func anotherSourceHasItsOwn() {
        var limiter = SourceLimiter(limit: 10, window: .seconds(1))
        #expect(self.admitted(&limiter, .v4(1), 20, at: self.start) == 10)
        #expect(self.admitted(&limiter, .v4(2), 20, at: self.start) == 10)
        #expect(self.admitted(&limiter, .v6(high: 1, low: 0), 20, at: self.start) == 10)
    }

    /// A host has all addresses of its /64 to choose from.
    @Test func theAddressesOfANetworkAreOneSource() {
        var limiter = SourceLimiter(limit: 10, window: .seconds(1))
        let admitted = (0..<50).reduce(0) { $0 + (limiter.admits(.v6(high: 7, low: $1), now: self.start) ? 1 : 0) }
        #expect(admitted == 10)
        #expect(self.admitted(&limiter, .v6(high: 8, low: 0), 1, at: self.start) == 1)
    }

    @Test func withoutALimitAllAreAdmitted() {
        var limiter = SourceLimiter(limit: 0, window: .seconds(1))
        #expect(self.admitted(&limiter, .v4(1), 100_000, at: self.start) == 100_000)
    }

    /// As many sources at their limit as there can be at 20,000 requests a second: of 2,000 others hardly one shares both counters with
    /// any. What is expected is a twelfth of one; seven have a chance of less than one in 10^12.
    @Test func sourcesAtTheirLimitTakeNothingFromOthers() {
        var limiter = SourceLimiter(limit: 100, window: .seconds(1))
        for source in 0..<200 { _ = self.admitted(&limiter, .v4(UInt32(source)), 110, at: self.start) }
        let refused = (0..<2000).filter { !limiter.admits(.v4(1 << 24 + UInt32($0)), now: self.start) }
        #expect(refused.count < 7)
    }

    /// Who is refused in one window for others' sake is not in the next.
    @Test func whoSharesACounterIsAnotherOneInEachWindow() {
        var limiter = SourceLimiter(limit: 1, window: .seconds(1))
        func refused(_ number: Int64) -> Set<UInt32> {
            let now = self.start + .seconds(number)
            for source in 0..<UInt32(20_000) { _ = limiter.admits(.v4(source), now: now) }
            return Set((1 << 24..<1 << 24 + 2000).filter { !limiter.admits(.v4($0), now: now) })
        }
        let (first, second) = (refused(0), refused(1))
        #expect(!first.isEmpty && !second.isEmpty && first != second)
    }
}
