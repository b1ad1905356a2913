package import TimeKeeping

/// Compares the failed guesses of all clients together, in fixed windows of a minute, with the number that gives half a hit by chance.
///
/// With `live` of `space` codes live, a blind guess hits one with the chance live / space, so the expected number of hits in space / (2 ·
/// live) guesses is one half. The budget refuses nothing: the caller makes codes longer, counts, and logs.
package struct FailureBudget: Sendable {
    package enum Verdict: Equatable, Sendable {
        case within
        /// This failure exceeded the budget. Returned once in a window.
        case exceeded
    }

    package static let window: TimeSpan = .minutes(1)
    /// The smallest budget: a few mistyped codes must not look like an attack, however few codes there are.
    package static let least = 20

    private var windowEnd: MonotonicTime?
    private var failures = 0
    private var reported = false

    package init() {}

    package mutating func recordFailure(now: MonotonicTime, live: Int, space: Int) -> Verdict {
        if self.windowEnd.map({ now >= $0 }) ?? true {
            self.windowEnd = now + Self.window
            self.failures = 0
            self.reported = false
        }
        self.failures += 1
        guard !self.reported, self.failures > Self.budget(live: live, space: space) else { return .within }
        self.reported = true
        return .exceeded
    }

    /// Failed guesses allowed in a window. Without a live code nothing can be hit, but nobody mistypes half the space in a minute.
    package static func budget(live: Int, space: Int) -> Int {
        max(Self.least, space / (2 * max(1, live)))
    }
}
