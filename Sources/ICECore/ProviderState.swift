package import TimeKeeping

/// What is known of a provider's servers: the list that came last, until it ends, and when the provider is asked again. Pure: whoever asks
/// brings the answers, and the time.
package struct ProviderState: Sendable {
    /// A list in use.
    package struct Current: Sendable, Equatable {
        package let entries: ICEEntries
        package let urlCount: Int
        /// When its credentials end; nil if it has none.
        package let end: MonotonicTime?
    }

    /// What an operator is told: a change, and nothing that goes on as it was.
    package enum Change: Sendable, Equatable {
        case up(urls: Int)
        /// It gives none. `left` is the time for which the list that came last is good; nil if there is none.
        case down(String, left: TimeSpan?)
        /// And now that list has ended.
        case ended
    }

    /// The life of credentials whose provider does not say how long they are good: as long as it was asked for.
    private let life: TimeSpan
    private var last: Current?
    private var failures = 0
    package private(set) var isUp = false
    private var hasAnswered = false
    /// That there is no list, since the last one came.
    private var isToldOfEnd = false

    /// The first wait after a failure; it doubles up to the longest.
    package static let firstRetry = TimeSpan.seconds(2)
    package static let longestRetry = TimeSpan.seconds(60)
    /// A list without credentials does not end, and is looked at anew after this time.
    package static let longestRest = TimeSpan.seconds(3600 * 12)
    /// A shorter rest would be a load on the provider.
    package static let shortestRest = TimeSpan.seconds(10)

    package init(life: TimeSpan) { self.life = life }

    /// The list to give away, for as long as it is good.
    package func current(now: MonotonicTime) -> Current? {
        guard let last, last.end.map({ $0 > now }) ?? true else { return nil }
        return last
    }

    /// The provider has answered with a list. The result is when to ask again: when half of its life is over, so that whoever is given it
    /// has the other half.
    ///
    /// - Parameter jitter: From 0 to below 1, so that several servers do not ask at the same time.
    package mutating func received(_ list: ProvidedList, now: MonotonicTime, jitter: Double) -> (change: Change?, wait: TimeSpan) {
        let life = list.list.accounts.isEmpty ? nil : list.life ?? self.life
        let urls = list.list.urlCount
        self.last = Current(entries: ICEEntries(list.list), urlCount: urls, end: life.map { now + $0 })
        self.failures = 0
        self.isToldOfEnd = false
        let rest = min(TimeSpan(nanoseconds: (life ?? Self.longestRest * 2).nanoseconds / 2), Self.longestRest)
        let wait = TimeSpan(nanoseconds: Int64((Double(rest.nanoseconds) * (1 - 0.1 * jitter)).rounded()))
        defer { (self.isUp, self.hasAnswered) = (true, true) }
        return (self.isUp ? nil : .up(urls: urls), max(wait, Self.shortestRest))
    }

    /// It has not, for this reason. What it gave before is in use until it ends.
    package mutating func failed(_ reason: String, now: MonotonicTime, jitter: Double) -> (change: Change?, wait: TimeSpan) {
        let doublings = Int64(min(self.failures, 5))
        self.failures += 1
        let longest = min(TimeSpan(nanoseconds: Self.firstRetry.nanoseconds << doublings), Self.longestRetry)
        let wait = TimeSpan(nanoseconds: Int64((Double(longest.nanoseconds) * (1 - 0.5 * jitter)).rounded()))
        let isNews = self.isUp || !self.hasAnswered
        (self.isUp, self.hasAnswered) = (false, true)
        let current = self.current(now: now)
        let hasEnded = current == nil && !self.isToldOfEnd
        if hasEnded { self.isToldOfEnd = true }
        if isNews { return (.down(reason, left: current.map { ($0.end ?? now + Self.longestRest) - now }), wait) }
        return (hasEnded ? .ended : nil, wait)
    }
}
