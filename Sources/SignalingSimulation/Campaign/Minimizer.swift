/// Takes steps out of a failing run for as long as it fails in the same way.
package enum Minimizer {
    package static func minimize(_ run: Run) -> Run {
        guard let failure = run.perform().failure else { return run }
        let steps = self.minimize(Array(run.steps.prefix(failure.steps))) { steps in
            // Another fault may have another cause.
            guard let shorter = Run(seed: run.seed, steps: steps).perform().failure, shorter.kind == failure.kind else { return nil }
            return shorter.steps
        }
        return Run(seed: run.seed, steps: steps)
    }

    package static func minimize(_ run: SessionRun) -> SessionRun {
        guard let failure = run.perform().failure else { return run }
        let steps = self.minimize(Array(run.steps.prefix(failure.steps))) { steps in
            guard let shorter = SessionRun(seed: run.seed, steps: steps).perform().failure, shorter.kind == failure.kind else { return nil }
            return shorter.steps
        }
        return SessionRun(seed: run.seed, steps: steps)
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
