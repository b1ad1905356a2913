import SignalingCore
import Testing
import TimeKeeping

@Suite struct FailureBudgetTests {
    private let start = MonotonicTime(nanoseconds: 0)

    @Test(arguments: [
        (live: 0, space: 10_000, budget: 5_000), (1, 10_000, 5_000), (10, 10_000, 500), (250, 10_000, 20), (5_000, 10_000, 20),
        (1_000, 100_000_000, 50_000),
    ])
    func theBudgetIsHalfAnExpectedHit(live: Int, space: Int, budget: Int) {
        #expect(FailureBudget.budget(live: live, space: space) == budget)
    }

    @Test func passingIsReportedOnceAWindowAtTheMomentOfPassing() {
        var budget = FailureBudget()
        var now = self.start
        for _ in 0..<3 {
            var verdicts: [FailureBudget.Verdict] = []
            for _ in 0..<100 { verdicts.append(budget.recordFailure(now: now, live: 5_000, space: 10_000)) }
            #expect(verdicts.firstIndex(of: .exceeded) == 20)
            #expect(verdicts.count { $0 == .exceeded } == 1)
            now = now + .minutes(1)
        }
    }

    @Test func aWindowLastsAMinuteFromItsFirstFailure() {
        var budget = FailureBudget()
        for _ in 0..<20 { #expect(budget.recordFailure(now: self.start, live: 5_000, space: 10_000) == .within) }
        let almost = self.start + TimeSpan(nanoseconds: 59_999_999_999)
        #expect(budget.recordFailure(now: almost, live: 5_000, space: 10_000) == .exceeded)
        var next = FailureBudget()
        for _ in 0..<20 { _ = next.recordFailure(now: self.start, live: 5_000, space: 10_000) }
        #expect(next.recordFailure(now: self.start + .minutes(1), live: 5_000, space: 10_000) == .within)
    }

    @Test func theBudgetFollowsTheLiveCodesWithinAWindow() {
        var budget = FailureBudget()
        for _ in 0..<30 { #expect(budget.recordFailure(now: self.start, live: 1, space: 10_000) == .within) }
        #expect(budget.recordFailure(now: self.start, live: 5_000, space: 10_000) == .exceeded)
    }
}
