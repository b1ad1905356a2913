/// When something that happens at even distances is due next.
package struct Pace: Sendable {
    private let interval: UInt64
    private var due: UInt64

    /// `phase`, from 0 to 1, is where in its first interval this one begins: many must not all come at the same moment.
    package init(perSecond rate: Double, phase: Double, from now: UInt64) {
        self.interval = max(1, UInt64(1e9 / rate))
        self.due = now + UInt64(Double(self.interval) * phase)
    }

    /// Whether it is due; if so, it is due again an interval later. Times that were missed are left out, and the phase is kept: after a
    /// stall, all that were due would otherwise go on in step.
    package mutating func isDue(_ now: UInt64) -> Bool {
        guard now >= self.due else { return false }
        self.due += self.interval * (1 + (now - self.due) / self.interval)
        return true
    }
}
