import TimeKeeping

/// When a message must be whole that has begun to arrive. What arrives of it meanwhile changes nothing about that; only the time in which
/// the server itself does not read does not count.
struct MessageDeadline {
    private struct Message {
        let number: UInt64
        /// What it had left at the time from which on it has run since.
        var left: TimeSpan
        var since: MonotonicTime
    }

    private let timeout: TimeSpan
    private var message: Message?
    private var isRunning = true

    init(timeout: TimeSpan) { self.timeout = timeout }

    /// Whether a message has begun.
    var isSet: Bool { self.message != nil }

    /// Nil where none has begun, or where it does not run.
    private var deadline: MonotonicTime? { self.isRunning ? self.message.map { $0.since + $0.left } : nil }

    /// Which message is unfinished now, if any; true if the deadline is another one.
    mutating func update(unfinished number: UInt64?, now: MonotonicTime) -> Bool {
        guard let number else {
            if self.message != nil { self.message = nil }
            return false
        }
        if self.message?.number == number { return false }
        self.message = Message(number: number, left: self.timeout, since: now)
        return true
    }

    /// The server goes on reading, or stops.
    mutating func setReading(_ isReading: Bool, now: MonotonicTime) {
        guard isReading != self.isRunning else { return }
        self.isRunning = isReading
        guard var message = self.message else { return }
        if !isReading { message.left = TimeSpan(nanoseconds: message.left.nanoseconds - (now - message.since).nanoseconds) }
        message.since = now
        self.message = message
    }

    func isOver(now: MonotonicTime) -> Bool { self.deadline.map { $0 <= now } ?? false }

    /// The deadline, if it comes before this time.
    func sooner(than time: MonotonicTime) -> MonotonicTime { self.deadline.map { min($0, time) } ?? time }
}
