package import TimeKeeping

/// Failed guesses of all clients together, in fixed windows of a minute, against what chance lets guessers hit.
///
/// With `live` of `space` codes live, a blind guess hits one with the chance live / space, so space / (2 · live) guesses are half a
/// hit to be expected. It refuses nothing: the caller makes codes longer, counts, and logs.
package struct FailureBudget: Sendable {
    package enum Verdict: Equatable, Sendable {
        case within
        /// The failure that passed the budget; said once a window.
        case exceeded
    }

    package static let window: TimeSpan = .minutes(1)
    /// Mistyped codes must not look like an attack, however few codes there are.
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

    /// Failed guesses allowed in a window. Without a live code nothing can be hit, but half the space tried in a minute is no typing.
    package static func budget(live: Int, space: Int) -> Int {
        max(Self.least, space / (2 * max(1, live)))
    }
}
