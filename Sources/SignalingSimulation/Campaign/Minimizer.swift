/// Takes steps out of a failing run for as long as it fails in the same way.
package enum Minimizer {
    package static func minimize(_ run: Run) -> Run {
        Run(seed: run.seed, steps: self.shortest(run.steps) { Run(seed: run.seed, steps: $0).perform().failure })
    }

    package static func minimize(_ run: SessionRun) -> SessionRun {
        SessionRun(seed: run.seed, steps: self.shortest(run.steps) { SessionRun(seed: run.seed, steps: $0).perform().failure })
    }

    /// The fewest steps found that fail as all of them do; all of them, if they do not fail.
    private static func shortest<Step>(_ steps: [Step], failure: ([Step]) -> Run.Failure?) -> [Step] {
        guard let first = failure(steps) else { return steps }
        return self.minimize(Array(steps.prefix(first.steps))) { steps in
            // Another fault may have another cause.
            guard let shorter = failure(steps), shorter.kind == first.kind else { return nil }
            return shorter.steps
        }
    }

    /// The fewest items found that still fail. `fails` returns how many of the items it took, and nil where it does not fail.
    package static func minimize<Item>(_ items: [Item], attempts: Int = 3_000, fails: ([Item]) -> Int?) -> [Item] {
        var best = items
        var left = attempts
        var chunk = max(1, best.count / 2)
        while left > 0 {
            var start = 0
            var isShorter = false
            while start < best.count, left > 0 {
                var candidate = best
                candidate.removeSubrange(start..<min(start + chunk, candidate.count))
                left -= 1
                if let taken = fails(candidate) {
                    best = Array(candidate.prefix(taken))
                    isShorter = true
                } else {
                    start += chunk
                }
            }
            if chunk == 1, !isShorter { break }
            chunk = max(1, chunk / 2)
        }
        return best
    }
}
