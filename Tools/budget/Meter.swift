import CAllocationCount

/// Counts what happens inside `measure` and nothing else. Valgrind is told the same, by that function's name (scripts/budgets).
enum Meter {
    // The program has one thread.
    nonisolated(unsafe) private(set) static var allocations = 0

    @inline(never)
    static func measure<Result>(_ work: () -> Result) -> Result {
        let before = allocation_count()
        defer { self.allocations += Int(allocation_count() - before) }
        return work()
    }
}
