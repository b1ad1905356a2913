import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import TimeKeeping

/// Time goes on.
extension World {
    /// With every timer served when it is due, and clients that respond in between or not. A loop that lags takes up what others handed it
    /// only when clients have responded: any number of its timers may come first.
    func advance(by span: TimeSpan, responding: Bool, lagging: Bool = false) {
        let end = self.now + span
        while self.now < end, self.violation == nil {
            // Responsive clients respond within half a second.
            self.elapse(to: responding ? min(end, self.now + .milliseconds(500)) : end, lagging: lagging)
            if responding { self.pump(self.links) }
        }
    }

    /// The machine slept: the clock is ahead, and all timers are late.
    func jump(by span: TimeSpan) {
        // Where all rooms share a bound that is within reach, it matters in which order several of them go on within one turn, which cannot
        // be seen from here: there each timer has a turn of its own.
        guard self.profile.maxStoredBytes >= 1 << 30 else { return self.advance(by: span, responding: false) }
        self.clock.advance(by: span)
        self.fireDue(lagging: false)
    }

    private func move(to moment: MonotonicTime) {
        if moment > self.now { self.clock.advance(by: moment - self.now) }
    }

    private func elapse(to end: MonotonicTime, lagging: Bool) {
        while self.violation == nil {
            let alarm = self.loops.compactMap(\.nextAlarm).reduce(self.nextSweep) { min($0, $1) }
            let called = self.inLine.reduce(alarm) { min($0, $1.until) }
            let next = self.replies.reduce(called) { $1.isAbandoned ? $0 : min($0, $1.deadline) }
            guard next <= end else { break }
            self.move(to: next)
            self.fireDue(lagging: lagging)
        }
        self.move(to: end)
    }

    private func fireDue(lagging: Bool) {
        for link in self.links { self.noteWaits(of: link) }
        for loop in self.loops {
            while loop.ringIfDue() { self.followChanged() }
        }
        self.callLine()
        self.abandonOverdue()
        if !lagging { self.runLoops() }
        guard self.now >= self.nextSweep else { return }
        self.nextSweep = self.now + Janitor.interval
        let janitor = self.signaling.janitor
        var rounds = 0
        self.loops[0].turn { while janitor.sweep(now: self.now), rounds < 1_000 { rounds += 1 } }
        self.check(rounds < 1_000, "sweeping does not come to an end")
        // A code is swept with others of its time, up to a second late.
        self.codes.forget(expiredBy: self.now + .seconds(-2))
        self.store?.prune(before: self.unixMilliseconds)
        for room in self.roomsInOrder where room.isDeserted { self.follow(room) }
    }

    /// How long the server has waited for a connection by now.
    private func noteWaits(of link: Link) {
        // What the server chooses not to read is no silence.
        if link.stream.isHeldBack { link.lastHeard = self.now }
        link.longestSilence = max(link.longestSilence, self.now - link.lastHeard)
        guard link.stream.sent.readableBytes > 0 else {
            link.lastTaken = self.now
            return
        }
        link.longestStall = max(link.longestStall, self.now - link.lastTaken)
    }
}
