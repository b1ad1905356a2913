/// When events are due that come at even distances, none of which is left out, however late it is asked for.
struct DueTimes {
    private let start: UInt64
    private let interval: Double
    private var count = 0

    init(perSecond rate: Double, from start: UInt64) {
        self.start = start
        self.interval = 1e9 / rate
    }

    /// When the next was due; nil if it is not yet.
    mutating func next(by now: UInt64) -> UInt64? {
        let due = self.start + UInt64(Double(self.count) * self.interval)
        guard due <= now else { return nil }
        self.count += 1
        return due
    }
}
