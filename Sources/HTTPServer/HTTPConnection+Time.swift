import ByteStreams
package import TimeKeeping

/// What time leads to, and the server's end.
extension HTTPConnection: DeadlineTarget {
    /// How long a connection is kept for the client to read the last response, before it is cut.
    static let lingerTime = TimeSpan.seconds(2)

    /// Sees to it that the loop's timers know of the deadline, or of an earlier one: then it is filed anew when that has come. A connection
    /// whose requests follow each other moves its deadline with each and files one an idle time.
    func fileDeadline() {
        guard self.stream != nil else { return }
        if let timer = self.timer {
            if timer.deadline <= self.deadline { return }
            if self.context.timers.reschedule(timer.token, at: self.deadline) {
                self.timer?.deadline = self.deadline
                return
            }
        }
        self.timer = (self.context.timers.schedule(self, at: self.deadline), self.deadline)
    }

    /// A long response takes a slow client its time: it is not cut off while it goes on reading.
    private func isTakingResponses() -> Bool {
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
            if self.isTakingResponses() { self.extend(by: self.services.settings.idleTimeout, now) } else { self.stream?.close() }
        case .ending, .lingering:
            if self.isTakingResponses() { self.extend(by: Self.lingerTime, now) } else { self.stream?.close() }
        case .idle(hasBegun: true), .reading:
            self.refuse(Problem(.requestTimeout, "the request did not arrive in time", closes: true))
            self.finishResponses(isAgreed: false)
            self.fileDeadline()
        case .closed: break
        }
    }
}

extension HTTPConnection: DrainableConnection {
    package func announceDrain(reconnectAfterMilliseconds: Int) {}

    /// A request under way is still responded to, and that closes the connection. A response that is on its way goes out first.
    package func drain() {
        guard case .idle = self.state, let stream = self.stream else { return }
        if stream.unsentBytes == 0 { return stream.close() }
        self.finishResponses(isAgreed: false)
        self.fileDeadline()
    }

    package func abort() { self.stream?.close() }
}
