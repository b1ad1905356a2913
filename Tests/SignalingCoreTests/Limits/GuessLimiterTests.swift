import NetworkAddresses
import SignalingCore
import SignalingTestKit
import Testing
import TimeKeeping

/// Wrong guesses cost tokens of a client's address and of the networks around it; where one is out of them, a guess waits.
@Suite struct GuessLimiterTests {
    private let start = MonotonicTime(nanoseconds: 77_000_000_000)

    private func at(_ milliseconds: Int64) -> MonotonicTime { self.start + .milliseconds(milliseconds) }

    private func v4(_ last: UInt32) -> ClientAddress { .v4(0xC000_0200 | last) }

    /// 2001:db8:0:…: 256 networks of /56, each with 256 of /64.
    private func v6(_ subnet: UInt64, _ host: UInt64 = 1) -> ClientAddress { .v6(high: 0x2001_0DB8_0000_0000 | subnet, low: host) }

    /// Guesses wrongly as often as it may at once.
    private func useUp(_ limiter: inout GuessLimiter, _ client: ClientAddress, now: MonotonicTime) -> Int {
        var failures = 0
        while limiter.arrive(client, now: now) == .look {
            limiter.recordFailure(client, now: now)
            failures += 1
        }
        return failures
    }

    /// Takes the place back that `useUp` was given at last.
    private func emptied(_ limiter: inout GuessLimiter, _ client: ClientAddress, now: MonotonicTime) -> Int {
        let failures = self.useUp(&limiter, client, now: now)
        if limiter.waiting > 0 { limiter.leave(client) }
        return failures
    }

    // MARK: - Tokens

    @Test func aMinutesFailuresAreFreeAtOnceAndComeBackOneByOne() {
        var limiter = GuessLimiter(limit: 30)
        #expect(self.useUp(&limiter, self.v4(1), now: self.at(0)) == 30)
        limiter.leave(self.v4(1))
        #expect(limiter.arrive(self.v4(1), now: self.at(500)) == .wait(until: self.at(2_000)))
        #expect(limiter.call(self.v4(1), since: self.at(500), now: self.at(1_999)) == .wait(until: self.at(2_000)))
        #expect(limiter.call(self.v4(1), since: self.at(500), now: self.at(2_000)) == .look)
        limiter.recordFailure(self.v4(1), now: self.at(2_000))
        // A minute without a guess fills it, and no more than that.
        #expect(self.emptied(&limiter, self.v4(1), now: self.at(62_000)) == 30)
        #expect(self.emptied(&limiter, self.v4(1), now: self.at(662_000)) == 30)
    }

    @Test func withAnotherLimitAnEmptyBucketIsEmptyStill() {
        var limiter = GuessLimiter(limit: 30)
        #expect(self.useUp(&limiter, self.v4(1), now: self.at(0)) == 30)
        limiter.change(limit: 60)
        // It fills in the same time: now by a token a second. Whoever waits has been told an earlier time, and asks again.
        #expect(limiter.call(self.v4(1), since: self.at(0), now: self.at(999)) == .wait(until: self.at(1_000)))
        #expect(limiter.call(self.v4(1), since: self.at(0), now: self.at(1_000)) == .look)
        #expect(limiter.waiting == 0)
        #expect(self.emptied(&limiter, self.v4(1), now: self.at(62_000)) == 60)
        limiter.change(limit: 10)
        #expect(limiter.arrive(self.v4(1), now: self.at(62_000)) == .wait(until: self.at(68_000)))
        limiter.leave(self.v4(1))
        #expect(self.emptied(&limiter, self.v4(1), now: self.at(122_000)) == 10)
    }

    @Test func whoeverWaitsIsLookedAtOnceNothingIsLimited() {
        var limiter = GuessLimiter(limit: 30)
        #expect(self.useUp(&limiter, self.v4(1), now: self.at(0)) == 30)
        #expect(limiter.waiting == 1)
        limiter.change(limit: 0)
        #expect(limiter.call(self.v4(1), since: self.at(0), now: self.at(1)) == .look)
        #expect(limiter.waiting == 0)
        #expect(limiter.arrive(self.v4(1), now: self.at(1)) == .look)
        limiter.sweep(now: self.at(90_000))
        #expect(limiter.bucketCount == 0)
    }

    @Test func whatSucceedsCostsNothing() {
        var limiter = GuessLimiter(limit: 1)
        for _ in 0..<1_000 { #expect(limiter.arrive(self.v4(1), now: self.start) == .look) }
        #expect(limiter.bucketCount == 0)
    }

    @Test func zeroIsOffAndStoresNothing() {
        var limiter = GuessLimiter(limit: 0)
        for _ in 0..<100 {
            #expect(limiter.arrive(self.v4(1), now: self.start) == .look)
            limiter.recordFailure(self.v4(1), now: self.start)
        }
        #expect(limiter.bucketCount == 0)
    }

    // MARK: - Networks

    @Test func addressesOfIPv4CountForThemselvesAndTheir24() {
        var limiter = GuessLimiter(limit: 3)
        let failures = (0..<20).map { self.emptied(&limiter, self.v4($0), now: self.start) }
        #expect(failures == Array(repeating: 3, count: 8) + Array(repeating: 0, count: 12))
        #expect(self.emptied(&limiter, .v4(0xC000_0301), now: self.start) == 3)
    }

    @Test func networksOfIPv6CountForThemselvesTheir56AndTheir48() {
        var limiter = GuessLimiter(limit: 3)
        // Addresses of one /64 are one client.
        #expect(self.emptied(&limiter, self.v6(0, 1), now: self.start) == 3)
        #expect(self.emptied(&limiter, self.v6(0, 2), now: self.start) == 0)
        // Of one /56, four times as many; of one /48, eight times.
        #expect((1..<8).map { self.emptied(&limiter, self.v6($0), now: self.start) } == [3, 3, 3, 0, 0, 0, 0])
        #expect((0..<8).map { self.emptied(&limiter, self.v6(0x100 + $0), now: self.start) } == [3, 3, 3, 3, 0, 0, 0, 0])
        #expect(self.emptied(&limiter, self.v6(0x200), now: self.start) == 0)
        #expect(self.emptied(&limiter, .v6(high: 0x2001_0DB8_0001_0000, low: 1), now: self.start) == 3)
    }

    @Test func prefixesAreAsLongAsTheyAreSaidToBe() {
        let address = self.v6(0x1234)
        #expect(ClientPrefix(address, length: 56) == ClientPrefix(self.v6(0x12FF), length: 56))
        #expect(ClientPrefix(address, length: 57) != ClientPrefix(self.v6(0x12FF), length: 57))
        #expect(ClientPrefix(address, length: 56) != ClientPrefix(self.v6(0x12FF), length: 48))
        #expect(ClientPrefix(address, length: 128) == ClientPrefix(address, length: 64))
        #expect(ClientPrefix(.v4(0x0102_0304), length: 24) == ClientPrefix(.v4(0x0102_03FF), length: 24))
        #expect(ClientPrefix(.v4(0), length: 24) != ClientPrefix(.v6(high: 0, low: 0), length: 24))
        #expect(ClientPrefix(.v4(.max), length: 0) == ClientPrefix(.v4(0), length: 0))
    }

    // MARK: - Waiting

    @Test func eightWaitEachForATokenOfItsOwn() {
        var limiter = GuessLimiter(limit: 30)
        for _ in 0..<30 { limiter.recordFailure(self.v4(1), now: self.start) }
        for place in 1...8 as ClosedRange<Int64> {
            #expect(limiter.arrive(self.v4(1), now: self.start) == .wait(until: self.at(place * 2_000)))
        }
        #expect(limiter.arrive(self.v4(1), now: self.start) == .refused(retryAfter: .seconds(18)))
        #expect(limiter.waiting == 8)
        // Whoever leaves makes place, and one that waited for nothing leaves its token to others.
        limiter.leave(self.v4(1))
        #expect(limiter.arrive(self.v4(1), now: self.start) == .wait(until: self.at(16_000)))
    }

    @Test func nobodyWaitsForLongerThan20Seconds() {
        var limiter = GuessLimiter(limit: 2)
        #expect(self.useUp(&limiter, self.v4(1), now: self.start) == 2)
        #expect(limiter.waiting == 0 && limiter.arrive(self.v4(1), now: self.start) == .refused(retryAfter: .seconds(30)))
        #expect(limiter.arrive(self.v4(1), now: self.at(9_999)) == .refused(retryAfter: .milliseconds(20_001)))
        #expect(limiter.arrive(self.v4(1), now: self.at(10_000)) == .wait(until: self.at(30_000)))
    }

    @Test func oneNetworkDoesNotTakeThePlacesOfThoseAroundIt() {
        var limiter = GuessLimiter(limit: 30)
        for _ in 0..<30 { limiter.recordFailure(self.v6(0), now: self.start) }
        for _ in 0..<20 { _ = limiter.arrive(self.v6(0), now: self.start) }
        #expect(limiter.waiting == 8)
        // Its /56 has 32 places and its tokens: a neighbour is looked at at once.
        #expect(limiter.arrive(self.v6(1), now: self.start) == .look)
        // A /48 that is out of tokens has places for 64.
        for subnet in 1...7 as ClosedRange<UInt64> {
            for _ in 0..<30 { limiter.recordFailure(self.v6(subnet << 8), now: self.start) }
        }
        for subnet in 0x20..<0x80 as Range<UInt64> { _ = limiter.arrive(self.v6(subnet << 8), now: self.start) }
        #expect(limiter.waiting == 64)
    }

    @Test func allThatWaitAreBounded() {
        var limiter = GuessLimiter(limit: 30, maxWaiting: 10)
        for number in 0..<4 as Range<UInt32> {
            let client = ClientAddress.v4(number << 8)
            for _ in 0..<30 { limiter.recordFailure(client, now: self.start) }
            for _ in 0..<4 { _ = limiter.arrive(client, now: self.start) }
        }
        #expect(limiter.waiting == 10)
    }

    /// One that waits is looked at with a token that is there, whatever others have done meanwhile.
    @Test func nobodyOvertakesThoseWhoWait() {
        var limiter = GuessLimiter(limit: 30)
        for _ in 0..<30 { limiter.recordFailure(self.v4(1), now: self.start) }
        #expect(limiter.arrive(self.v4(1), now: self.start) == .wait(until: self.at(2_000)))
        // The token is back, and the one that waits for it has not asked yet.
        #expect(limiter.arrive(self.v4(1), now: self.at(2_100)) == .wait(until: self.at(4_000)))
        #expect(limiter.call(self.v4(1), since: self.start, now: self.at(2_200)) == .look)
        limiter.recordFailure(self.v4(1), now: self.at(2_200))
        #expect(limiter.call(self.v4(1), since: self.at(2_100), now: self.at(4_000)) == .look)
    }

    /// Whoever keeps guessing, waits, leaves and comes back makes no more failures than a full bucket and what came back.
    @Test func noSequenceMakesMoreFailuresThanTheBucketsAllow() {
        for seed in 1...20 as ClosedRange<UInt64> {
            var generator = SplitMix64(seed: seed)
            var limiter = GuessLimiter(limit: 12)
            var line: [(client: ClientAddress, since: MonotonicTime, until: MonotonicTime)] = []
            var failures: [(client: UInt64, at: MonotonicTime)] = []
            var now = self.start
            func look(_ client: ClientAddress) {
                guard Int.random(in: 0..<5, using: &generator) > 0, case .v6(let high, _) = client else { return }
                limiter.recordFailure(client, now: now)
                failures.append((high, now))
            }
            for _ in 0..<4_000 {
                now = now + .milliseconds(Int64.random(in: 0...120, using: &generator))
                while let index = line.firstIndex(where: { $0.until <= now }) {
                    let waiting = line.remove(at: index)
                    switch limiter.call(waiting.client, since: waiting.since, now: now) {
                    case .look: look(waiting.client)
                    case .wait(let until): line.append((waiting.client, waiting.since, until))
                    case .refused: Issue.record("one that waited was refused")
                    }
                }
                if !line.isEmpty, Int.random(in: 0..<10, using: &generator) == 0 { limiter.leave(line.removeLast().client) }
                let client = self.v6(UInt64.random(in: 0..<12, using: &generator) * 0x40)
                switch limiter.arrive(client, now: now) {
                case .look: look(client)
                case .wait(let until): line.append((client, now, until))
                case .refused: break
                }
                limiter.sweep(now: now, limit: 4)
            }
            #expect(limiter.waiting == line.count)
            for (shift, factor) in [(0, 1), (8, 4), (16, 8)] as [(UInt64, Int)] {
                for (network, all) in Dictionary(grouping: failures, by: { $0.client >> shift }) {
                    let times = all.map(\.at)
                    for (index, first) in times.enumerated().filter({ $0.offset % 7 == 0 }) {
                        let count = times[index...].count { $0 - first <= .seconds(30) }
                        #expect(count <= factor * 18 + 1, "\(network) of seed \(seed): \(count) failures in half a minute")
                    }
                }
            }
        }
    }

    // MARK: - Memory

    @Test func sweepingForgetsWhatIsFullAndKeepsWhatSomebodyWaitsAt() {
        var limiter = GuessLimiter(limit: 30)
        for _ in 0..<30 { limiter.recordFailure(self.v6(0), now: self.start) }
        limiter.recordFailure(self.v4(1), now: self.start)
        #expect(limiter.bucketCount == 5)
        #expect(limiter.arrive(self.v6(0), now: self.start) == .wait(until: self.at(2_000)))
        limiter.sweep(now: self.at(3_000))
        #expect(limiter.bucketCount == 3)
        // Nobody has asked for a long time, and the place is held.
        for minute in 1...3 as ClosedRange<Int64> { limiter.sweep(now: self.at(minute * 60_000)) }
        #expect(limiter.waiting == 1 && limiter.bucketCount > 0)
        limiter.leave(self.v6(0))
        limiter.sweep(now: self.at(300_000))
        #expect(limiter.waiting == 0 && limiter.bucketCount == 0)
    }

    @Test func aFullTableForgetsTheBucketThatIsFullAgainFirst() {
        var limiter = GuessLimiter(limit: 2, maxBuckets: 4)
        for number in 0..<100 as Range<UInt32> { limiter.recordFailure(.v4(number << 8), now: self.start) }
        #expect(limiter.bucketCount == 4)
    }
}
