#if os(Linux)
import NIOConcurrencyHelpers
import NIOCore
import SignalingRuntime
import SignalingTestKit
import SocketTransport
import Synchronization
import Testing

/// The loop as those see it who hand it work.
@Suite(.serialized, .timeLimit(.minutes(1))) struct EpollLoopTests {
    private static func run(_ test: (any EventLoop) async throws -> Void) async throws {
        let loops = try SocketLoops.forTests(count: 1)
        do { try await test(loops.first) } catch { Issue.record(error) }
        await loops.stop()
    }

    @Test func workOfEachThreadIsDoneInItsOrder() async throws {
        let (threads, tasks) = (4, 5_000)
        try await Self.run { loop in
            let seen = NIOLockedValueBox([Int](repeating: 0, count: threads))
            let disorder = NIOLockedValueBox(0)
            await withTaskGroup(of: Void.self) { group in
                for thread in 0..<threads {
                    group.addTask {
                        for task in 1...tasks {
                            loop.execute {
                                seen.withLockedValue { seen in
                                    if seen[thread] != task - 1 { disorder.withLockedValue { $0 += 1 } }
                                    seen[thread] = task
                                }
                            }
                        }
                    }
                }
            }
            try await loop.submit {}.get()
            #expect(seen.withLockedValue { $0 } == [Int](repeating: tasks, count: threads))
            #expect(disorder.withLockedValue { $0 } == 0)
        }
    }

    /// Each time the loop is asleep, or about to be.
    @Test func aLoopThatFallsAsleepIsWoken() async throws {
        try await Self.run { loop in
            for number in 0..<3_000 {
                let answer = try await loop.submit { number }.get()
                #expect(answer == number)
            }
        }
    }

    @Test func workThatAddsWorkLeavesTurnsToOthers() async throws {
        try await Self.run { loop in
            let isOver = Atomic(false)
            @Sendable func again() { if !isOver.load(ordering: .relaxed) { loop.execute { again() } } }
            again()
            try await loop.submit {}.get()
            // A timer that is due as soon as it is set.
            @Sendable func overdue() {
                if !isOver.load(ordering: .relaxed) { loop.scheduleTask(deadline: .uptimeNanoseconds(0)) { overdue() } }
            }
            overdue()
            try await loop.submit {}.get()
            try await loop.scheduleTask(in: .milliseconds(1)) {}.futureResult.get()
            isOver.store(true, ordering: .relaxed)
        }
    }

    @Test func timersFireInOrderAndNotEarly() async throws {
        try await Self.run { loop in
            let fired = NIOLockedValueBox<[Int]>([])
            // From the loop itself, which fires none before all are there.
            let timers = try await loop.submit {
                let start = NIODeadline.now() + .microseconds(300)
                return [30, 1, 20, 1, 10, 0].enumerated().map { index, delay in
                    let due = start + .milliseconds(Int64(delay))
                    return loop.scheduleTask(deadline: due) {
                        #expect(NIODeadline.now() >= due)
                        fired.withLockedValue { $0.append(index) }
                    }
                }
            }.get()
            for timer in timers { try await timer.futureResult.get() }
            #expect(fired.withLockedValue { $0 } == [5, 1, 3, 4, 2, 0])
        }
    }

    @Test func timersCanBeCancelledFromAnywhere() async throws {
        try await Self.run { loop in
            let fired = Atomic(0)
            let timers = (0..<100).map { _ in loop.scheduleTask(in: .milliseconds(50)) { fired.add(1, ordering: .relaxed) } }
            for timer in timers { timer.cancel() }
            // One that is due already is called off by another that is too.
            let second = NIOLockedValueBox<Scheduled<Void>?>(nil)
            try await loop.submit {
                let due = NIODeadline.now()
                loop.scheduleTask(deadline: due) { second.withLockedValue { $0 }?.cancel() }
                second.withLockedValue { $0 = loop.scheduleTask(deadline: due) { _ = fired.add(1, ordering: .relaxed) } }
            }.get()
            try await loop.scheduleTask(in: .milliseconds(80)) {}.futureResult.get()
            let firedNow = fired.load(ordering: .relaxed)
            #expect(firedNow == 0)
            await #expect(throws: EventLoopError.self) { try await timers[0].futureResult.get() }
        }
    }

    @Test func aRepeatedTaskIsRepeatedUntilItIsCancelled() async throws {
        try await Self.run { loop in
            let count = NIOLockedValueBox(0)
            let done = loop.makePromise(of: Void.self)
            loop.scheduleRepeatedTask(initialDelay: .milliseconds(1), delay: .milliseconds(2)) { task in
                let count = count.withLockedValue { count in
                    count += 1
                    return count
                }
                if count == 5 {
                    task.cancel()
                    done.succeed()
                }
            }
            try await done.futureResult.get()
            try await loop.scheduleTask(in: .milliseconds(10)) {}.futureResult.get()
            #expect(count.withLockedValue { $0 } == 5)
        }
    }
}
#endif
