import STUNCore
import Testing
import TimeKeeping

@Suite struct WorkBudgetTests {
    private let start = MonotonicTime(nanoseconds: 5_000_000_000)
    private var budget = WorkBudget(tick: .milliseconds(10), datagrams: 200, share: .milliseconds(2))

    @Test mutating func aTickHasItsDatagrams() {
        #expect(self.budget.left(now: self.start) == 200)
        self.budget.spend(datagrams: 150, time: .milliseconds(0))
        #expect(self.budget.left(now: self.start + .milliseconds(9)) == 50)
        self.budget.spend(datagrams: 50, time: .milliseconds(0))
        #expect(self.budget.left(now: self.start + .milliseconds(9)) == 0)
        #expect(self.budget.nextTick == self.start + .milliseconds(10))
        #expect(self.budget.left(now: self.start + .milliseconds(10)) == 200)
    }

    @Test mutating func aTickHasItsTime() {
        #expect(self.budget.left(now: self.start) == 200)
        self.budget.spend(datagrams: 1, time: .milliseconds(1))
        #expect(self.budget.left(now: self.start + .milliseconds(1)) == 199)
        self.budget.spend(datagrams: 1, time: .milliseconds(1))
        #expect(self.budget.left(now: self.start + .milliseconds(2)) == 0)
        #expect(self.budget.left(now: self.start + .milliseconds(10)) == 200)
    }

    /// A batch of 15 ms has had the time of seven and a half ticks.
    @Test mutating func whatWasTooMuchIsMissingAfterwards() {
        #expect(self.budget.left(now: self.start) == 200)
        self.budget.spend(datagrams: 32, time: .milliseconds(15))
        for tick in Int64(2)...6 { #expect(self.budget.left(now: self.start + .milliseconds(tick * 10)) == 0, "tick \(tick)") }
        #expect(self.budget.left(now: self.start + .milliseconds(70)) == 200)
    }

    /// Rest is not saved up.
    @Test mutating func aLongPauseGivesNoMoreThanATick() {
        #expect(self.budget.left(now: self.start) == 200)
        let later = self.start + .minutes(60 * 24 * 365 * 10)
        #expect(self.budget.left(now: later) == 200)
        self.budget.spend(datagrams: 200, time: .milliseconds(2))
        #expect(self.budget.left(now: later + .milliseconds(1)) == 0)
    }

    /// However long each batch takes, no more than the share of the time is worked, but for the last batch.
    @Test(arguments: [20, 300, 1_900, 2_100, 40_000] as [Int64])
    func theShareHolds(microseconds: Int64) {
        var budget = self.budget
        let batch = TimeSpan(nanoseconds: microseconds * 1000)
        var (now, worked) = (self.start, TimeSpan(nanoseconds: 0))
        let end = self.start + .seconds(10)
        while now < end {
            if budget.left(now: now) == 0 {
                now = max(now, budget.nextTick)
                continue
            }
            budget.spend(datagrams: 1, time: batch)
            worked = worked + batch
            now = now + batch
        }
        #expect(worked <= .seconds(2) + batch + .milliseconds(2))
        #expect(worked > .milliseconds(300))
    }
}
