import SignalingClient

/// When a session may open a connection, by docs/javascript.md ("Coming back"). What is wrong with what it does is the result of each call, or
/// nil.
struct ComingBackModel {
    private static let stable = Duration.seconds(5)

    private var attempt = 0
    private var openedAt: Duration?
    /// When the next attempt is to be made. An earlier one may be asked for, unless the server has named the time.
    private var due: (at: Duration, isNamed: Bool)?
    /// What the server has asked for, in the connection that is now.
    private var named: Duration?
    private var isFirst = true

    /// The server has named the time until the next attempt.
    mutating func goesAway(after delay: Duration) { self.named = delay }

    mutating func opened(now: Duration) { self.openedAt = now }

    mutating func connects(now: Duration, wasAsked: Bool) -> String? {
        defer { self.due = nil }
        if self.isFirst {
            self.isFirst = false
            return nil
        }
        guard let due = self.due else { return "it connects, and has announced nothing" }
        if now == due.at || now < due.at && wasAsked && !due.isNamed { return nil }
        return "it connects \(now < due.at ? "earlier" : "later") than it has announced"
    }

    mutating func comesBack(attempt: Int, delay: Duration, _ error: ClientError, now: Duration) -> String? {
        let wasStable = self.openedAt.map { now - $0 >= Self.stable } ?? false
        let expected = wasStable ? 1 : self.attempt + 1
        self.attempt = attempt
        self.openedAt = nil
        self.due = (now + delay, self.named != nil || error.retryAfter != nil)
        defer { self.named = nil }
        if attempt != expected { return "it counts attempt \(attempt), which is number \(expected)" }
        if let named = self.named { return delay == named ? nil : "it comes back after \(delay), and was told \(named)" }
        let least = error.retryAfter ?? .zero
        let most = Duration.milliseconds(attempt > 6 ? 20_000 : min(20_000, 250 << attempt))
        return delay >= least && delay <= least + most ? nil : "it comes back after \(delay) at attempt \(attempt)"
    }
}
