import SignalingCore
import SignalingRuntime
package import TimeKeeping

/// What time leads to, and the server's end.
extension HTTPHandler: DeadlineTarget {
    /// How long a connection is kept for the client to read the last answer, before it is cut.
    static let lingerTime = TimeSpan.seconds(2)

    /// Sees to it that the loop's timers know of the deadline, or of an earlier one: then it is filed anew when that has come. A connection
    /// whose requests follow each other moves its deadline with each and files one an idle time.
    func fileDeadline() {
        guard self.stream != nil else { return }
        if let timer = self.timer {
            if timer.deadline <= self.deadline { return }
            if self.loop.timers.reschedule(timer.token, at: self.deadline) {
                self.timer?.deadline = self.deadline
                return
            }
        }
        self.timer = (self.loop.timers.schedule(self, at: self.deadline), self.deadline)
    }

    /// A long answer takes a slow client its time: it is not cut off while it goes on reading.
    private func isTakingAnswers() -> Bool {
        let unsent = self.stream?.unsentBytes ?? 0
        defer { self.unsentBefore = unsent }
        return unsent < self.unsentBefore
    }

    private func extend(by time: TimeSpan, _ now: MonotonicTime) {
        self.deadline = now + time
        self.fileDeadline()
    }

    package func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        guard now >= self.deadline else { return self.fileDeadline() }
        switch self.state {
        case .idle(hasBegun: false):
            if self.isTakingAnswers() { self.extend(by: self.services.settings.idleTimeout, now) } else { self.stream?.close() }
        case .ending, .lingering:
            if self.isTakingAnswers() { self.extend(by: Self.lingerTime, now) } else { self.stream?.close() }
        case .idle(hasBegun: true), .reading:
            self.refuse(Problem(408, "the request did not arrive in time", closes: true))
            self.finishAnswers(isAgreed: false)
            self.fileDeadline()
        case .closed: break
        }
    }
}

extension HTTPHandler: DrainableConnection {
    package func announceDrain(reconnectAfterMilliseconds: Int) {}

    /// A request under way is answered still, and its answer closes the connection. An answer that is on its way goes out first.
    package func drain() {
        guard case .idle = self.state, let stream = self.stream else { return }
        if stream.unsentBytes == 0 { return stream.close() }
        self.finishAnswers(isAgreed: false)
        self.fileDeadline()
    }

    package func abort() { self.stream?.close() }
}
