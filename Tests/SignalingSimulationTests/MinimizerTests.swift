import SignalingSimulation
import Testing

@Suite struct MinimizerTests {
    @Test func whatDoesNotMatterIsTakenOut() {
        // It fails once 3 has been followed by 70 and 71.
        let shortest = Minimizer.minimize(Array(0..<100)) { items in
            guard let first = items.firstIndex(of: 3), let second = items.firstIndex(of: 70), let third = items.firstIndex(of: 71),
                first < second, second < third
            else { return nil }
            return third + 1
        }
        #expect(shortest == [3, 70, 71])
    }

    @Test func whatComesAfterTheFaultIsCutOff() {
        var tried = 0
        let shortest = Minimizer.minimize(Array(0..<64)) { items in
            tried += 1
            return items.firstIndex(of: 9).map { $0 + 1 }
        }
        #expect(shortest == [9])
        #expect(tried < 64)
    }

    @Test func attemptsAreBounded() {
        var tried = 0
        let same = Minimizer.minimize(Array(0..<1_000), attempts: 10) { _ in
            tried += 1
            return nil
        }
        #expect(same == Array(0..<1_000))
        #expect(tried == 10)
    }
}
