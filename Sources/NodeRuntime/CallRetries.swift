import DequeModule
import TimeKeeping

/// Calls whose connection broke before their replies came, until there is another connection.
struct CallRetries {
    typealias Attempt = @Sendable (_ isInTime: Bool) -> Void

    static let most = 4096

    private var waiting = Deque<(deadline: MonotonicTime, attempt: Attempt)>()

    var count: Int { self.waiting.count }

    /// False if it is too late, or too many wait.
    mutating func add(until deadline: MonotonicTime, now: MonotonicTime, _ attempt: @escaping Attempt) -> Bool {
        guard now < deadline, self.waiting.count < Self.most else { return false }
        self.waiting.append((deadline, attempt))
        return true
    }

    /// All of them, as there is a connection.
    mutating func take() -> [Attempt] {
        defer { self.waiting = [] }
        return self.waiting.map(\.attempt)
    }

    /// Those for which it is too late.
    mutating func takeLate(now: MonotonicTime) -> [Attempt] {
        let late = self.waiting.filter { $0.deadline <= now }.map(\.attempt)
        if !late.isEmpty { self.waiting.removeAll { $0.deadline <= now } }
        return late
    }
}
