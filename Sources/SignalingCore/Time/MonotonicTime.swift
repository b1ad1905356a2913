/// A point on a clock that never goes back, in nanoseconds since an arbitrary origin. Core never reads a clock: time is an argument.
package struct MonotonicTime: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    package static func + (t: Self, d: TimeSpan) -> Self { Self(nanoseconds: t.nanoseconds &+ d.nanoseconds) }
    package static func - (a: Self, b: Self) -> TimeSpan { TimeSpan(nanoseconds: a.nanoseconds &- b.nanoseconds) }
}

/// A length of time in nanoseconds. `Swift.Duration` carries 128 bits, which every timer comparison would pay for.
package struct TimeSpan: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func milliseconds(_ n: Int64) -> Self { Self(nanoseconds: n * 1_000_000) }
    package static func seconds(_ n: Int64) -> Self { Self(nanoseconds: n * 1_000_000_000) }
    package static func minutes(_ n: Int64) -> Self { .seconds(n * 60) }

    package var seconds: Double { Double(self.nanoseconds) / 1e9 }
    package var milliseconds: Int64 { self.nanoseconds / 1_000_000 }

    package static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    package static func + (a: Self, b: Self) -> Self { Self(nanoseconds: a.nanoseconds &+ b.nanoseconds) }
    package static func - (a: Self, b: Self) -> Self { Self(nanoseconds: a.nanoseconds &- b.nanoseconds) }
    package static func * (a: Self, n: Int64) -> Self { Self(nanoseconds: a.nanoseconds &* n) }
}
