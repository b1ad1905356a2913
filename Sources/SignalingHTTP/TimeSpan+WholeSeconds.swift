import TimeKeeping

extension TimeSpan {
    /// Rounded up, and at least 1: what a Retry-After says must be long enough.
    var wholeSeconds: Int { Int(max(1, (self.nanoseconds + 999_999_999) / 1_000_000_000)) }
}
