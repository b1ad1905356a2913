import NetworkAddresses
import SignalingCore
import SignalingTestKit
import Testing
import TimeKeeping

private func key(_ number: Int) -> LimiterKey { ClientAddress.v4(UInt32(number)).limiterKey }

@Suite struct WindowLimiterTests {
    private let start = MonotonicTime(nanoseconds: 77_000_000_000)

    @Test func aWindowStartsWithTheFirstEventAndEndsAMinuteLater() {
        var limiter = WindowLimiter(limit: 3)
        #expect(limiter.admit(key(1), now: self.start) == .admitted)
        for _ in 0..<2 { #expect(limiter.admit(key(1), now: self.start + .seconds(20)) == .admitted) }
        #expect(limiter.admit(key(1), now: self.start + .seconds(20)) == .limited(retryAfter: .seconds(40)))
        let almost = self.start + TimeSpan(nanoseconds: 59_999_999_999)
        #expect(limiter.admit(key(1), now: almost) == .limited(retryAfter: TimeSpan(nanoseconds: 1)))
        for _ in 0..<3 { #expect(limiter.admit(key(1), now: self.start + .seconds(60)) == .admitted) }
        #expect(limiter.admit(key(1), now: self.start + .seconds(60)) == .limited(retryAfter: .seconds(60)))
        #expect(limiter.keyCount == 1)
    }

    @Test func clientsDoNotShareWindows() {
        var limiter = WindowLimiter(limit: 1)
        #expect(limiter.admit(key(1), now: self.start) == .admitted)
        #expect(limiter.admit(key(2), now: self.start) == .admitted)
        #expect(limiter.admit(key(1), now: self.start) != .admitted)
    }

    @Test func zeroIsOffAndStoresNothing() {
        var limiter = WindowLimiter(limit: 0)
        for _ in 0..<100 {
            #expect(limiter.admit(key(1), now: self.start) == .admitted)
        }
        #expect(limiter.keyCount == 0)
    }

    @Test func anotherLimitCountsWhatWasCounted() {
        var limiter = WindowLimiter(limit: 3)
        for _ in 0..<3 { #expect(limiter.admit(key(1), now: self.start) == .admitted) }
        limiter.change(limit: 4)
        #expect(limiter.admit(key(1), now: self.start) == .admitted)
        #expect(limiter.admit(key(1), now: self.start) != .admitted)
        limiter.change(limit: 2)
        #expect(limiter.admit(key(1), now: self.start + .seconds(59)) == .limited(retryAfter: .seconds(1)))
        for _ in 0..<2 { #expect(limiter.admit(key(1), now: self.start + .seconds(60)) == .admitted) }
        #expect(limiter.admit(key(1), now: self.start + .seconds(60)) != .admitted)
    }

    @Test func turnedOffItForgetsAndTurnedOnItBegins() {
        var limiter = WindowLimiter(limit: 1)
        #expect(limiter.admit(key(1), now: self.start) == .admitted)
        limiter.change(limit: 0)
        #expect(limiter.keyCount == 0)
        for _ in 0..<9 { #expect(limiter.admit(key(1), now: self.start) == .admitted) }
        limiter.change(limit: 1)
        #expect(limiter.admit(key(1), now: self.start) == .admitted)
        #expect(limiter.admit(key(1), now: self.start) == .limited(retryAfter: .minutes(1)))
    }

    @Test func aFullTableForgetsTheWindowNearestItsEnd() {
        var limiter = WindowLimiter(limit: 1, maxKeys: 3)
        for number in 0..<3 { _ = limiter.admit(key(number), now: self.start + .seconds(Int64(number))) }
        #expect(limiter.admit(key(3), now: self.start + .seconds(10)) == .admitted)
        #expect(limiter.keyCount == 3)
        for number in 1...3 { #expect(limiter.admit(key(number), now: self.start + .seconds(10)) != .admitted) }
        #expect(limiter.admit(key(0), now: self.start + .seconds(10)) == .admitted)
    }

    @Test func aFullTableGivesUpAWindowThatIsOverFirst() {
        var limiter = WindowLimiter(limit: 1, maxKeys: 2)
        _ = limiter.admit(key(0), now: self.start)
        _ = limiter.admit(key(1), now: self.start + .seconds(30))
        #expect(limiter.admit(key(2), now: self.start + .seconds(61)) == .admitted)
        #expect(limiter.admit(key(1), now: self.start + .seconds(61)) != .admitted)
    }

    @Test func sweepingForgetsWindowsThatAreOver() {
        var limiter = WindowLimiter(limit: 1)
        for number in 0..<100 { _ = limiter.admit(key(number), now: self.start + .seconds(number < 40 ? 0 : 30)) }
        #expect(limiter.sweep(now: self.start + .seconds(59)) == 0)
        #expect(limiter.sweep(now: self.start + .seconds(61)) == 40)
        #expect(limiter.sweep(now: self.start + .seconds(91), limit: 50) == 50)
        #expect(limiter.sweep(now: self.start + .seconds(91)) == 10)
        #expect(limiter.keyCount == 0)
    }

    @Test func agreesWithADictionary() {
        var limiter = WindowLimiter(limit: 5)
        var model: [Int: (count: Int, end: MonotonicTime)] = [:]
        var generator = SplitMix64(seed: 3)
        var now = self.start
        for step in 0..<30_000 {
            now = now + .milliseconds(Int64.random(in: 0...50, using: &generator))
            let number = Int.random(in: 0..<400, using: &generator)
            var window = model[number] ?? (0, now)
            if window.end <= now { window = (0, now + .minutes(1)) }
            let expected: WindowLimiter.Verdict = window.count < 5 ? .admitted : .limited(retryAfter: window.end - now)
            #expect(limiter.admit(key(number), now: now) == expected)
            window.count = min(5, window.count + 1)
            model[number] = window
            if step % 100 == 0 { limiter.sweep(now: now) }
        }
        limiter.sweep(now: now + .seconds(61))
        #expect(limiter.keyCount == 0)
    }
}
