package import TimeKeeping

/// Limits the events of each client in a window that starts with the client's first event.
///
/// At most `maxKeys` clients are remembered. When the table is full, the window nearest its end is removed: that favours its client the
/// least, and a flood of addresses can only cut windows short, never take more memory.
package struct WindowLimiter: Sendable {
    package enum Verdict: Equatable, Sendable {
        case admitted
        case limited(retryAfter: TimeSpan)
    }

    /// Events a window; 0 admits everything and stores nothing.
    package private(set) var limit: Int
    package let window: TimeSpan
    package let maxKeys: Int
    private var table: ExpiringTable<LimiterKey, UInt32>

    package init(limit: Int, window: TimeSpan = .minutes(1), maxKeys: Int = 1_048_576) {
        precondition(limit >= 0 && window.nanoseconds > 0 && maxKeys > 0)
        self.limit = min(limit, Int(Int32.max))
        self.window = window
        self.maxKeys = maxKeys
        self.table = ExpiringTable(granularity: .milliseconds(250), horizon: window)
    }

    package var keyCount: Int { self.table.count }
    /// Entries and hash cells held in memory.
    package var capacity: (entries: Int, cells: Int) { self.table.capacity }

    /// Another limit from now on. Windows that have begun go on with what was counted in them.
    package mutating func change(limit: Int) {
        precondition(limit >= 0)
        // What is off stores nothing.
        if limit == 0 { self = WindowLimiter(limit: 0, window: self.window, maxKeys: self.maxKeys) }
        self.limit = min(limit, Int(Int32.max))
    }

    /// Counts an event, unless it is over the limit.
    package mutating func admit(_ key: LimiterKey, now: MonotonicTime) -> Verdict {
        guard self.limit > 0 else { return .admitted }
        guard let position = self.table.position(of: key) else {
            self.begin(key, now: now)
            return .admitted
        }
        let remaining = self.table.deadline(at: position) - now
        if remaining.nanoseconds <= 0 {
            self.restart(position, now: now)
        } else if self.table[position] >= UInt32(self.limit) {
            return .limited(retryAfter: remaining)
        } else {
            self.table[position] += 1
        }
        return .admitted
    }

    /// Forgets windows that are over and returns how many there were.
    @discardableResult
    package mutating func sweep(now: MonotonicTime, limit: Int = .max) -> Int {
        var swept = 0
        while swept < limit, self.table.popExpired(now: now) != nil { swept += 1 }
        return swept
    }

    private mutating func begin(_ key: LimiterKey, now: MonotonicTime) {
        if self.table.count >= self.maxKeys, let nearest = self.table.nearest {
            self.table.remove(at: nearest)
        }
        self.table.insert(key, 1, at: now + self.window, now: now)
    }

    private mutating func restart(_ position: Int, now: MonotonicTime) {
        self.table[position] = 1
        self.table.reschedule(position, at: now + self.window)
    }
}
