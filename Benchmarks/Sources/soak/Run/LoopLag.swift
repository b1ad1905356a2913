/// How late the generator's own timers are. Where they are late by a second, the server may rightly have taken clients for dead.
struct LoopLag {
    private var last: UInt64 = 0
    private var recent: [(at: UInt64, lag: UInt64)] = []
    private(set) var worst: UInt64 = 0

    /// What is older explains nothing any more.
    private static let memory: UInt64 = 30_000_000_000
    private static let notable: UInt64 = 200_000_000

    mutating func begin(_ now: UInt64) { self.last = now }

    mutating func tick(_ now: UInt64, expected: UInt64) {
        let gap = now - self.last
        let lag = gap > expected ? gap - expected : 0
        self.last = now
        self.worst = max(self.worst, lag)
        if lag > Self.notable { self.recent.append((now, lag)) }
        self.recent.removeAll { $0.at + Self.memory < now }
    }

    var worstRecently: UInt64 { self.recent.map(\.lag).max() ?? 0 }
}
