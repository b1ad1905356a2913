import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import TimeKeeping

/// A loop that other threads may hand work to, and that does it when a test says so.
final class QueueLoop: StreamLoop {
    private let tasks = NIOLockedValueBox<[@Sendable () -> Void]>([])

    func run() {
        let tasks = self.tasks.withLockedValue { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in tasks { task() }
    }

    // MARK: - StreamLoop

    var isCurrent: Bool { true }
    func execute(_ task: @escaping @Sendable () -> Void) { self.tasks.withLockedValue { $0.append(task) } }
    func setAlarm(after delay: TimeSpan, _ alarm: any LoopAlarm) {}
    func cancelAlarm() {}
    func connect(
        to address: SocketAddress, within limit: TimeSpan, tls: (any ClientTLS)?, driver: any StreamDriver
    ) -> any ConnectAttempt {
        fatalError("nothing is connected in these tests")
    }
}
