/// Pages of one server, one after the other, and what changed between them.
package struct TopHistory: Sendable {
    /// Rates are those of so many seconds, or of all there are if these are fewer.
    package static let rateSeconds = 10.0
    /// Intervals whose pairings the picture can show.
    package static let mostIntervals = 240
    /// Pages that are kept for the rates.
    package static let mostPages = 16

    package struct Moment: Sendable {
        package let seconds: Double
        package let page: MetricsPage
    }

    private var moments: [Moment] = []
    /// Pairings that connected in each interval, the latest last.
    package private(set) var connectedByInterval: [Double] = []

    package init() {}

    package var latest: MetricsPage? { self.moments.last?.page }

    /// A server that was started anew counts from nothing: what was before is forgotten.
    package mutating func add(_ page: MetricsPage, atSeconds seconds: Double) {
        if let last = self.moments.last {
            if last.page.value("process_start_time_seconds") != page.value("process_start_time_seconds") {
                self = TopHistory()
            } else {
                let connected = (page.value(Self.pairings, Self.connected) ?? 0) - (last.page.value(Self.pairings, Self.connected) ?? 0)
                self.connectedByInterval.append(max(0, connected))
                if self.connectedByInterval.count > Self.mostIntervals { self.connectedByInterval.removeFirst() }
            }
        }
        self.moments.append(Moment(seconds: seconds, page: page))
        // One older than the span stays, so that the rates are of all of it.
        while self.moments.count > 2, self.moments[1].seconds <= seconds - Self.rateSeconds || self.moments.count > Self.mostPages {
            self.moments.removeFirst()
        }
    }

    /// How much a counter rose in a second, or nil while there is but one page, and of what the server does not count.
    package func rate(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        guard let first = self.moments.first, let last = self.moments.last, last.seconds > first.seconds,
            let before = first.page.value(name, labels), let now = last.page.value(name, labels)
        else { return nil }
        return max(0, now - before) / (last.seconds - first.seconds)
    }

    static let pairings = "nt_pairings_total"
    static let connected = ["outcome": "connected"]
}
