/// A key of an ``ExpiringTable``. Its hash must be well spread in the low and in the top bits.
@usableFromInline package protocol TableKey: Hashable, Sendable {
    var tableHash: UInt32 { get }
}

/// A dictionary in which every entry has a deadline.
///
/// Finding, adding, removing and rescheduling cost O(1). The cost of ``popExpired(now:)`` is one step for each expired entry and an empty
/// step for every 64 ticks gone by, at most once around the wheel; entries that have not expired cost nothing. No entry comes out early; it
/// may come out up to one tick late, so an owner that needs the exact instant compares ``deadline(at:)`` itself.
///
/// Entries lie without gaps in one slab (the last one moves into a hole). They are linked into the buckets of a timing wheel by position,
/// and are found through a ``HashIndex``. Slab and index give storage back as entries go, however long a few of a burst's entries live. A
/// *position* is valid until the next change of the table.
@usableFromInline package struct ExpiringTable<Key: TableKey, Value> {
    @usableFromInline var slab = PagedSlab<ExpiringEntry<Key, Value>>()
    @usableFromInline var index = HashIndex()
    @usableFromInline var clock: WheelClock
    /// For each bucket the position of its first entry, whose `previous` is the bucket's last.
    @usableFromInline var heads: ContiguousArray<UInt32>

    @inlinable package init(granularity: TimeSpan, horizon: TimeSpan) {
        self.clock = WheelClock(granularity: granularity, horizon: horizon)
        self.heads = ContiguousArray(repeating: .max, count: self.clock.buckets)
    }

    @inlinable package var count: Int { self.slab.count }
    @inlinable package var isEmpty: Bool { self.slab.count == 0 }
    /// Entries and hash cells held in memory, used or not.
    @inlinable package var capacity: (entries: Int, cells: Int) { (self.slab.capacity, self.index.capacity) }

    @inlinable package func position(of key: Key) -> Int? {
        self.index.find(key.tableHash) { self.slab[Int($0)].key == key }.map { Int($0) }
    }

    @inlinable package func key(at position: Int) -> Key { self.slab[position].key }

    @inlinable package func deadline(at position: Int) -> MonotonicTime { self.slab[position].deadline }

    @inlinable package subscript(position: Int) -> Value {
        _read { yield self.slab[position].value }
        _modify { yield &self.slab[position].value }
    }

    /// Adds an entry; the caller ensures that the key is new.
    @inlinable package mutating func insert(_ key: Key, _ value: Value, at deadline: MonotonicTime, now: MonotonicTime) {
        if self.isEmpty { self.clock.cursor = max(self.clock.cursor, self.clock.begun(at: now)) }
        let hash = key.tableHash
        let position = self.slab.append(ExpiringEntry(key: key, value: value, deadline: deadline, hash: hash))
        self.index.insert(hash, UInt32(position))
        self.link(position)
    }

    @inlinable package mutating func reschedule(_ position: Int, at deadline: MonotonicTime) {
        self.unlink(position)
        self.slab[position].deadline = deadline
        self.link(position)
    }

    @discardableResult
    @inlinable package mutating func remove(at position: Int) -> (key: Key, value: Value, deadline: MonotonicTime) {
        self.unlink(position)
        let number = UInt32(position)
        self.index.remove(self.slab[position].hash) { $0 == number }
        let removed = self.slab.swapRemove(at: position)
        if position < self.slab.count { self.adopt(position, from: UInt32(self.slab.count)) }
        return (removed.key, removed.value, removed.deadline)
    }

    /// Removes one entry whose deadline has passed. Call it until it returns nil.
    @inlinable package mutating func popExpired(now: MonotonicTime) -> (key: Key, value: Value, deadline: MonotonicTime)? {
        let begun = self.clock.begun(at: now)
        while begun >= self.clock.cursor, !self.isEmpty {
            guard let tick = self.clock.nextOccupied(through: begun) else { break }
            self.clock.cursor = tick
            let position = Int(self.heads[Int(tick & self.clock.mask)])
            let deadline = self.slab[position].deadline
            if deadline <= now { return self.remove(at: position) }
            self.reschedule(position, at: deadline)
        }
        if begun >= self.clock.cursor { self.clock.cursor = begun + 1 }
        return nil
    }

    /// The first entry of the nearest bucket: within the horizon, no deadline is earlier by a tick or more. O(1), apart from skipping empty
    /// buckets.
    @inlinable package var nearest: Int? {
        guard !self.isEmpty, let tick = self.clock.nextOccupied else { return nil }
        return Int(self.heads[Int(tick & self.clock.mask)])
    }

    /// An entry whose deadline has passed, even in a tick that is not over; if there is none, the one with the earliest deadline (of those
    /// within the horizon). It looks at `most` entries of the nearest bucket: where there are more, another may be earlier, by less than a
    /// tick.
    @inlinable package func expiredOrEarliest(now: MonotonicTime, most: Int) -> Int? {
        guard let first = self.nearest else { return nil }
        var best = first
        var next = first
        for _ in 0..<most {
            let deadline = self.slab[next].deadline
            if deadline <= now { return next }
            if deadline < self.slab[best].deadline { best = next }
            next = Int(self.slab[next].next)
            if next == first { break }
        }
        return best
    }

    /// When to call ``popExpired(now:)`` again: the start of the nearest bucket's tick. That call may find that the entry lay beyond the
    /// horizon, and only file it anew.
    @inlinable package var nextDeadline: MonotonicTime? {
        guard !self.isEmpty, let tick = self.clock.nextOccupied else { return nil }
        return MonotonicTime(nanoseconds: tick << self.clock.shift)
    }

    @inlinable mutating func link(_ position: Int) {
        let number = UInt32(position)
        let bucket = self.clock.bucket(for: self.slab[position].deadline)
        self.slab[position].bucket = UInt32(bucket)
        let head = self.heads[bucket]
        guard head != .max else {
            self.heads[bucket] = number
            self.clock.mark(bucket)
            self.slab[position].next = number
            self.slab[position].previous = number
            return
        }
        let last = self.slab[Int(head)].previous
        self.slab[position].next = head
        self.slab[position].previous = last
        self.slab[Int(last)].next = number
        self.slab[Int(head)].previous = number
    }

    @inlinable mutating func unlink(_ position: Int) {
        let number = UInt32(position)
        let bucket = Int(self.slab[position].bucket)
        let next = self.slab[position].next
        let previous = self.slab[position].previous
        guard next != number else {
            self.heads[bucket] = .max
            self.clock.clear(bucket)
            return
        }
        self.slab[Int(previous)].next = next
        self.slab[Int(next)].previous = previous
        if self.heads[bucket] == number { self.heads[bucket] = next }
    }

    /// Replaces `old` everywhere by the position to which its entry has moved.
    @inlinable mutating func adopt(_ position: Int, from old: UInt32) {
        let number = UInt32(position)
        let next = self.slab[position].next
        let previous = self.slab[position].previous
        if next == old {
            self.slab[position].next = number
            self.slab[position].previous = number
        } else {
            self.slab[Int(previous)].next = number
            self.slab[Int(next)].previous = number
        }
        let bucket = Int(self.slab[position].bucket)
        if self.heads[bucket] == old { self.heads[bucket] = number }
        _ = self.index.replace(self.slab[position].hash, with: number) { $0 == old }
    }
}

extension ExpiringTable: Sendable where Value: Sendable {}

@usableFromInline struct ExpiringEntry<Key: TableKey, Value> {
    @usableFromInline let key: Key
    @usableFromInline var value: Value
    @usableFromInline var deadline: MonotonicTime
    /// Stored so that a moved entry is found in the index without hashing its key.
    @usableFromInline let hash: UInt32
    @usableFromInline var bucket: UInt32 = 0
    @usableFromInline var next: UInt32 = 0
    @usableFromInline var previous: UInt32 = 0

    @inlinable init(key: Key, value: Value, deadline: MonotonicTime, hash: UInt32) {
        self.key = key
        self.value = value
        self.deadline = deadline
        self.hash = hash
    }
}

extension ExpiringEntry: Sendable where Value: Sendable {}
