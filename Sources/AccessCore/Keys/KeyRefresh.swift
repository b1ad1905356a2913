package import TimeKeeping

/// When keys that are published elsewhere are fetched again.
package struct KeyRefresh: Sendable {
    /// Between two attempts: tokens that name unknown keys are for anybody to make.
    package static let shortestPause = TimeSpan.minutes(1)
    /// While there are no keys at all, nobody can be admitted.
    package static let shortestPauseWithoutKeys = TimeSpan.seconds(5)
    /// A key that is published no more counts no more after this.
    package static let longestLife = TimeSpan.minutes(15)

    package private(set) var isUnderWay = false
    private var hasKeys = false
    private var begun: MonotonicTime?
    private var fetched: MonotonicTime?

    package init() {}

    /// Whether keys that nobody has asked for yet should be there: they are old.
    package func isDue(now: MonotonicTime) -> Bool {
        guard let fetched else { return true }
        return now - fetched >= Self.longestLife
    }

    /// Whether a fetch may begin now; if so, it has.
    package mutating func begin(now: MonotonicTime) -> Bool {
        if self.isUnderWay { return false }
        if let begun, now - begun < (self.hasKeys ? Self.shortestPause : Self.shortestPauseWithoutKeys) { return false }
        self.begun = now
        self.isUnderWay = true
        return true
    }

    package mutating func ended(hasKeys: Bool, now: MonotonicTime) {
        self.isUnderWay = false
        guard hasKeys else { return }
        self.hasKeys = true
        self.fetched = now
    }
}
