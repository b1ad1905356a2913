package import ByteStreams
package import TimeKeeping

/// What happens when time is up, and when the server ends.
extension HTTPConnection: DeadlineTarget {
    /// How long the client has to read the last response before the connection is closed.
    static let lingerTime = TimeSpan.seconds(2)

    /// Makes sure that the loop's timers wake this connection at its deadline or earlier. When they wake it too early, the deadline is filed
    /// again. So a connection whose requests follow each other moves its deadline with each request, but files it once an idle time.
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

    /// Whether the client has read on since this was asked last: one that takes a long response slowly is not cut off.
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
        case .responding, .closed: break
        }
    }
}

extension HTTPConnection: DrainableConnection {
    package func announceDrain(reconnectAfterMilliseconds: Int) {}

    /// A request that has begun still gets its response, which ends the connection. A response that is not sent yet is sent first.
    package func drain() {
        self.late?.hurry()
        guard case .idle = self.state, let stream = self.stream else { return }
        if stream.unsentBytes == 0 { return stream.close() }
        self.finishResponses(isAgreed: false)
        self.fileDeadline()
    }

    package func abort() { self.stream?.close() }

    /// A request that has not all arrived is nobody's loss but its client's.
    package var expendability: Expendability? {
        guard let stream = self.stream, stream.unsentBytes == 0 else { return nil }
        return switch self.state {
        case .idle, .reading: .idle(stream.peer)
        case .responding: .waiting(stream.peer)
        case .ending, .lingering, .closed: nil
        }
    }

    package func giveUpPlace() { self.stream?.abort() }
}
