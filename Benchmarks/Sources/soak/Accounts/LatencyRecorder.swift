import LoadClients

/// Latencies of the whole run, and of the time since somebody last looked.
final class LatencyRecorder {
    private(set) var all = LatencyHistogram()
    private var recent = LatencyHistogram()

    func record(_ nanoseconds: UInt64) { self.recent.record(nanoseconds) }

    /// Ends the current interval and answers what was in it.
    func takeRecent() -> LatencyHistogram {
        defer { self.recent = LatencyHistogram() }
        self.all.add(self.recent)
        return self.recent
    }
}
