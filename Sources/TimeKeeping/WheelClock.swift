/// Which bucket of a timing wheel a deadline belongs to, and which occupied bucket comes next.
///
/// A tick is the granularity rounded down to a power of two nanoseconds, so that a shift turns a deadline into a bucket. The buckets are a
/// ring of `buckets` ticks from `cursor` on. There is a bit for each occupied one, so that a clock that jumped by hours skips empty buckets
/// 64 at a time.
@usableFromInline struct WheelClock: Sendable {
    @usableFromInline let shift: Int64
    @usableFromInline let mask: Int64
    /// Every tick before this one has been handled. Initially it is before all times: ticks have 2^10 ns or more.
    @usableFromInline var cursor: Int64 = -(1 << 54)
    private var occupied: ContiguousArray<UInt64>

    @usableFromInline init(granularity: TimeSpan, horizon: TimeSpan) {
        // At least 1 µs keeps sums of ticks far from overflow whatever the deadline.
        let tick = max(1024, granularity.nanoseconds)
        self.shift = Int64(63 - tick.leadingZeroBitCount)
        // Rounded up to a power of two. 2^20 buckets are 4 MiB; farther deadlines are postponed and looked at again.
        let wanted = min(max(64, (max(0, horizon.nanoseconds) >> self.shift) + 2), 1 << 20)
        self.mask = (1 << Int64(64 - (wanted - 1).leadingZeroBitCount)) - 1
        self.occupied = ContiguousArray(repeating: 0, count: Int(self.mask + 1) / 64)
    }

    @usableFromInline var buckets: Int { Int(self.mask + 1) }

    /// The last tick that has begun at `time`.
    @usableFromInline func begun(at time: MonotonicTime) -> Int64 { time.nanoseconds >> self.shift }

    /// The first tick that begins at `deadline` or later: an entry filed there cannot be early.
    @usableFromInline func due(_ deadline: MonotonicTime) -> Int64 {
        let begun = deadline.nanoseconds >> self.shift
        return begun << self.shift == deadline.nanoseconds ? begun : begun + 1
    }

    /// The bucket for a deadline: its own, or, beyond the horizon, the farthest one, where it will be looked at again.
    @usableFromInline func bucket(for deadline: MonotonicTime) -> Int {
        let tick = min(max(self.due(deadline), self.cursor), self.cursor + self.mask)
        return Int(tick & self.mask)
    }

    /// The tick of the nearest occupied bucket.
    @usableFromInline var nextOccupied: Int64? { self.nextOccupied(through: self.cursor + self.mask) }

    /// The tick of the nearest occupied bucket, if that is not after `last`.
    @usableFromInline func nextOccupied(through last: Int64) -> Int64? {
        let farthest = Int(min(last - self.cursor, self.mask))
        var index = Int(self.cursor & self.mask)
        var distance = 0
        while distance <= farthest {
            let bit = index & 63
            let word = self.occupied[index >> 6] >> UInt64(bit)
            if word != 0 {
                let found = distance + word.trailingZeroBitCount
                return found <= farthest ? self.cursor + Int64(found) : nil
            }
            distance += 64 - bit
            index = (index + 64 - bit) & Int(self.mask)
        }
        return nil
    }

    @usableFromInline mutating func mark(_ bucket: Int) { self.occupied[bucket >> 6] |= 1 << UInt64(bucket & 63) }

    @usableFromInline mutating func clear(_ bucket: Int) { self.occupied[bucket >> 6] &= ~(1 << UInt64(bucket & 63)) }
}
