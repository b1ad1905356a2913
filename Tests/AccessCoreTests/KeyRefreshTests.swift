import AccessCore
import Testing
import TimeKeeping

/// When published keys are fetched again.
@Suite struct KeyRefreshTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    @Test func atMostOnceAMinuteWhoeverAsks() {
        var refresh = KeyRefresh()
        var now = self.start
        var fetches = 0
        for _ in 0..<3000 {
            if refresh.begin(now: now) {
                fetches += 1
                refresh.ended(hasKeys: true, now: now)
            }
            now = now + .milliseconds(100)
        }
        // Five minutes.
        #expect(fetches == 5)
    }

    @Test func oneAtATime() {
        var refresh = KeyRefresh()
        let begins = [refresh.begin(now: self.start), refresh.begin(now: self.start + .minutes(10))]
        #expect(begins == [true, false])
        refresh.ended(hasKeys: true, now: self.start + .minutes(10))
        let beginsAgain = refresh.begin(now: self.start + .minutes(10))
        #expect(beginsAgain)
    }

    @Test func withoutKeysItIsTriedSooner() {
        var refresh = KeyRefresh()
        _ = refresh.begin(now: self.start)
        refresh.ended(hasKeys: false, now: self.start)
        let begins = [refresh.begin(now: self.start + .seconds(4)), refresh.begin(now: self.start + .seconds(5))]
        #expect(begins == [false, true])
    }

    @Test func keysGrowOld() {
        var refresh = KeyRefresh()
        #expect(refresh.isDue(now: self.start))
        _ = refresh.begin(now: self.start)
        refresh.ended(hasKeys: true, now: self.start)
        #expect(!refresh.isDue(now: self.start + .minutes(14)))
        #expect(refresh.isDue(now: self.start + .minutes(15)))
        // A fetch that fails makes them no younger.
        _ = refresh.begin(now: self.start + .minutes(15))
        refresh.ended(hasKeys: false, now: self.start + .minutes(15))
        #expect(refresh.isDue(now: self.start + .minutes(15)))
    }
}
