package import TimeKeeping

extension TimeSpan {
    /// For Retry-After: rounded up, so that the client waits long enough, and at least 1.
    package var wholeSeconds: Int { Int(max(1, (self.nanoseconds + 999_999_999) / 1_000_000_000)) }

    /// The same for what is told in milliseconds.
    var wholeMilliseconds: Int { Int(max(1, (self.nanoseconds + 999_999) / 1_000_000)) }
}
