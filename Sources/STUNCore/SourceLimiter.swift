package import NetworkAddresses
package import TimeKeeping

/// Limits the requests of each IPv4 address, or IPv6 /64, in windows that all have in common.
///
/// It keeps no table of sources, which those who forge addresses could fill, but two rows of counters; a source has one in each, by two
/// hashes, and has had its part when both are full. So memory and work are the same whoever comes. A source is wrongly refused where others
/// have filled both of its counters. Where all sources together make `total` requests a window, no row has more than `total / limit` full
/// ones: with the standard limits 200 of 32,768, so that this happens to one of 26,000 sources that are not at their limit, and to another
/// one in the next window, as each hashes anew.
package struct SourceLimiter: Sendable {
    /// Requests of one source in a window; 0 for no limit.
    package let limit: Int
    package let window: TimeSpan

    private static let rowBits = 15
    private static let rowLength = 1 << Self.rowBits
    private var counts: [UInt16]
    private var windowEnd: MonotonicTime?
    /// Which window this is. Sources choose their addresses, and must not be able to predict what they share a counter with: the standard
    /// library's hash is seeded for each process.
    private var number = 0

    package init(limit: Int, window: TimeSpan) {
        self.limit = min(max(limit, 0), Int(UInt16.max))
        self.window = window
        self.counts = limit > 0 ? [UInt16](repeating: 0, count: 2 * Self.rowLength) : []
    }

    /// Whether a request is within its source's limit. If so, it is counted.
    package mutating func admits(_ source: ClientAddress, now: MonotonicTime) -> Bool {
        if self.limit == 0 { return true }
        if self.windowEnd.map({ now >= $0 }) ?? true { self.beginWindow(now) }
        let hash = self.hash(of: source)
        let first = hash & (Self.rowLength - 1)
        let second = Self.rowLength + hash >> Self.rowBits & (Self.rowLength - 1)
        guard min(self.counts[first], self.counts[second]) < self.limit else { return false }
        for place in [first, second] where self.counts[place] < self.limit { self.counts[place] += 1 }
        return true
    }

    private mutating func beginWindow(_ now: MonotonicTime) {
        if self.windowEnd != nil { for place in self.counts.indices { self.counts[place] = 0 } }
        self.windowEnd = now + self.window
        self.number &+= 1
    }

    private func hash(of source: ClientAddress) -> Int {
        var hasher = Hasher()
        hasher.combine(self.number)
        switch source {
        case .v4(let address): hasher.combine(address)
        case .v6(let network, _), .subject(let network): hasher.combine(network)
        }
        return hasher.finalize()
    }
}
