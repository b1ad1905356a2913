/// A point on a clock that never goes back, in nanoseconds since an arbitrary origin. Pure modules never read a clock: time is an argument.
@usableFromInline package struct MonotonicTime: Hashable, Comparable, Sendable {
    @usableFromInline package var nanoseconds: Int64

    @usableFromInline package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable package static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    @inlinable package static func + (t: Self, d: TimeSpan) -> Self { Self(nanoseconds: t.nanoseconds &+ d.nanoseconds) }
    @inlinable package static func - (a: Self, b: Self) -> TimeSpan { TimeSpan(nanoseconds: a.nanoseconds &- b.nanoseconds) }
}

/// A length of time in nanoseconds. `Swift.Duration` has 128 bits, which would make every timer comparison slower.
@usableFromInline package struct TimeSpan: Hashable, Comparable, Sendable {
    @usableFromInline package var nanoseconds: Int64

    @usableFromInline package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable package static func milliseconds(_ n: Int64) -> Self { Self(nanoseconds: n * 1_000_000) }
    @inlinable package static func seconds(_ n: Int64) -> Self { Self(nanoseconds: n * 1_000_000_000) }
    @inlinable package static func minutes(_ n: Int64) -> Self { .seconds(n * 60) }

    package var seconds: Double { Double(self.nanoseconds) / 1e9 }
    package var milliseconds: Int64 { self.nanoseconds / 1_000_000 }

    @inlinable package static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    @inlinable package static func + (a: Self, b: Self) -> Self { Self(nanoseconds: a.nanoseconds &+ b.nanoseconds) }
    @inlinable package static func - (a: Self, b: Self) -> Self { Self(nanoseconds: a.nanoseconds &- b.nanoseconds) }
    @inlinable package static func * (a: Self, n: Int64) -> Self { Self(nanoseconds: a.nanoseconds &* n) }
}
