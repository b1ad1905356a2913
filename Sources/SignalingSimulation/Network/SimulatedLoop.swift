import Dispatch
import NIOCore
import SignalingCore
import TimeKeeping

/// An event loop that runs when the world says so. What other loops hand it waits for its turn, which is how races between loops are
/// played out one order at a time.
///
/// `@unchecked Sendable`: a world and all that belongs to it is used by one thread from its making to its end.
final class SimulatedLoop: EventLoop, @unchecked Sendable {
    private struct Timer {
        var id: Int
        var deadline: MonotonicTime
        var body: () -> Void
    }

    private let time: SimulatedTime
    private var ready: CircularBuffer<() -> Void> = []
    private var timers: [Timer] = []
    private var lastTimer = 0
    private var isRunning = false

    init(time: SimulatedTime) { self.time = time }

    // MARK: - For the world

    var hasWork: Bool { !self.ready.isEmpty }
    /// The server keeps one timer a loop, so the list is short.
    var nextDeadline: MonotonicTime? { self.timers.map(\.deadline).min() }

    /// Does something as this loop.
    func turn(_ body: () -> Void) {
        precondition(!self.isRunning, "a loop cannot be in the midst of two things")
        self.isRunning = true
        defer { self.isRunning = false }
        body()
    }

    /// Runs what was handed over, and what that leads to; false if it does not come to an end.
    func runReady() -> Bool {
        var ran = 0
        self.turn {
            while ran < 100_000, let task = self.ready.popFirst() {
                task()
                ran += 1
            }
        }
        return ran < 100_000
    }

    /// Runs the timers that are due; false if none was.
    func runDue() -> Bool {
        var ranAny = false
        while let index = self.timers.indices.filter({ self.timers[$0].deadline <= self.time.now })
            .min(by: { (self.timers[$0].deadline, self.timers[$0].id) < (self.timers[$1].deadline, self.timers[$1].id) })
        {
            let timer = self.timers.remove(at: index)
            self.turn { timer.body() }
            ranAny = true
        }
        return ranAny
    }

    // MARK: - EventLoop

    var inEventLoop: Bool { self.isRunning }
    var now: NIODeadline { .uptimeNanoseconds(UInt64(clamping: self.time.now.nanoseconds)) }

    func execute(_ task: @escaping @Sendable () -> Void) { self.ready.append(task) }

    @discardableResult
    func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        let promise = self.makePromise(of: T.self)
        self.lastTimer += 1
        let id = self.lastTimer
        self.timers.append(
            Timer(id: id, deadline: MonotonicTime(nanoseconds: Int64(clamping: deadline.uptimeNanoseconds))) {
                do { promise.assumeIsolated().succeed(try task()) } catch { promise.fail(error) }
            })
        return Scheduled(promise: promise) { self.timers.removeAll { $0.id == id } }
    }

    @discardableResult
    func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        self.scheduleTask(deadline: self.now + delay, task)
    }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        // Nobody shuts a simulated loop down: it ends with its world.
        callback(nil)
    }
}
