import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import SignalingTestKit
import Synchronization
import Testing
import TimeKeeping

/// The loops of both transports, as those see them who hand them work or set their alarm.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LoopTests {
    /// A loop of a transport that carries nothing.
    private static func run(_ carrier: Carrier, _ test: (any StreamLoop) async throws -> Void) async throws {
        let transport = try await carrier.makeTransport(loops: 1)
        let loop = Outcome<any StreamLoop>()
        try await transport.onFirst { loop.set($0.loop) }
        do { try await test(loop.value("the loop")) } catch { Issue.record(error) }
        await transport.stop()
    }

    // MARK: - Work

    @Test(arguments: Carrier.plain) func workOfEachThreadIsDoneInItsOrder(_ carrier: Carrier) async throws {
        let (threads, tasks) = (4, 5_000)
        try await Self.run(carrier) { loop in
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
            try await loop.run {}
            #expect(seen.withLockedValue { $0 } == [Int](repeating: tasks, count: threads))
            #expect(disorder.withLockedValue { $0 } == 0)
        }
    }

    /// Each time the loop is asleep, or about to be.
    @Test(arguments: Carrier.plain) func aLoopThatFallsAsleepIsWoken(_ carrier: Carrier) async throws {
        try await Self.run(carrier) { loop in
            for number in 0..<3_000 {
                let result = try await loop.run { number }
                #expect(result == number)
            }
        }
    }

    /// Two loops hand each other work, and each falls asleep as soon as it has done so.
    @Test(arguments: Carrier.plain) func loopsWakeEachOther(_ carrier: Carrier) async throws {
        try await Self.run(carrier) { one in
            try await Self.run(carrier) { other in
                let isDone = Outcome<Void>()
                @Sendable func pass(_ left: Int, from loop: any StreamLoop, to next: any StreamLoop) {
                    next.execute { if left == 0 { isDone.set(()) } else { pass(left - 1, from: next, to: loop) } }
                }
                pass(20_000, from: one, to: other)
                try await isDone.value("the last pass")
            }
        }
    }

    @Test(arguments: Carrier.plain) func workRunsOnTheLoop(_ carrier: Carrier) async throws {
        try await Self.run(carrier) { loop in
            #expect(!loop.isCurrent)
            let isCurrent = try await loop.run { loop.isCurrent }
            #expect(isCurrent)
        }
    }

    @Test(arguments: Carrier.plain) func workThatAddsWorkLeavesTurnsToOthersAndToTheAlarm(_ carrier: Carrier) async throws {
        try await Self.run(carrier) { loop in
            let isOver = Atomic(false)
            @Sendable func again() { if !isOver.load(ordering: .relaxed) { loop.execute { again() } } }
            again()
            try await loop.run {}
            // One that is due as soon as it is set.
            let rang = Outcome<Void>()
            @Sendable func overdue(_ left: Int) {
                loop.setAlarm(after: .milliseconds(0), Ringer { if left == 0 { rang.set(()) } else { overdue(left - 1) } })
            }
            try await loop.run { overdue(50) }
            try await rang.value("the last ring")
            isOver.store(true, ordering: .relaxed)
        }
    }

    // MARK: - The alarm

    @Test(arguments: Carrier.plain) func theAlarmRingsOnceAndNotEarly(_ carrier: Carrier) async throws {
        try await Self.run(carrier) { loop in
            for microseconds in [0, 1, 300, 999, 1_000, 1_001, 20_300] as [Int64] {
                let delay = TimeSpan(nanoseconds: microseconds * 1_000)
                let early = Outcome<TimeSpan>()
                let count = NIOLockedValueBox(0)
                try await loop.run {
                    let due = ServerClock.system.now() + delay
                    let ringer = Ringer {
                        count.withLockedValue { $0 += 1 }
                        early.set(due - ServerClock.system.now())
                    }
                    loop.setAlarm(after: delay, ringer)
                }
                let left = try await early.value("the ring")
                #expect(left <= .milliseconds(0))
                try await loop.run {}
                #expect(count.withLockedValue { $0 } == 1)
            }
        }
    }

    /// Even one that is due.
    @Test(arguments: Carrier.plain) func settingTheAlarmReplacesTheOneBefore(_ carrier: Carrier) async throws {
        try await Self.run(carrier) { loop in
            let rings = NIOLockedValueBox<[Int]>([])
            let last = Outcome<Void>()
            try await loop.run {
                loop.setAlarm(after: .minutes(60), Ringer { rings.withLockedValue { $0.append(1) } })
                loop.setAlarm(after: .milliseconds(1), Ringer { rings.withLockedValue { $0.append(2) } })
                Self.wait(.milliseconds(3))
                let third = Ringer {
                    rings.withLockedValue { $0.append(3) }
                    last.set(())
                }
                loop.setAlarm(after: .milliseconds(5), third)
            }
            try await last.value("the last alarm")
            #expect(rings.withLockedValue { $0 } == [3])
        }
    }

    /// By work that the loop took up together with the ring: either it has rung by then, or it will not.
    @Test(arguments: Carrier.plain, [false, true]) func anAlarmThatIsCalledOffInTimeDoesNotRing(_ carrier: Carrier, _ isReplaced: Bool)
        async throws
    {
        try await Self.run(carrier) { loop in
            let rings = NIOLockedValueBox(0)
            let ringsBefore = Outcome<Int>()
            let second = Outcome<Void>()
            try await loop.run {
                loop.execute {
                    ringsBefore.set(rings.withLockedValue { $0 })
                    if isReplaced { loop.setAlarm(after: .milliseconds(5), Ringer { second.set(()) }) } else { loop.cancelAlarm() }
                }
                loop.setAlarm(after: .milliseconds(1), Ringer { rings.withLockedValue { $0 += 1 } })
                Self.wait(.milliseconds(3))
            }
            let before = try await ringsBefore.value("the other work")
            if isReplaced { try await second.value("the alarm that replaced it") }
            for _ in 0..<10 { try await loop.run {} }
            #expect(rings.withLockedValue { $0 } == before)
            // It is none the worse.
            let third = Outcome<Void>()
            try await loop.run { loop.setAlarm(after: .milliseconds(0), Ringer { third.set(()) }) }
            try await third.value("another alarm")
        }
    }

    /// Keeps the calling thread.
    private static func wait(_ time: TimeSpan) {
        let end = ServerClock.system.now() + time
        while ServerClock.system.now() < end {}
    }

    /// As connections have them: from schedule to ring on a loop that runs.
    @Test(arguments: Carrier.plain) func deadlinesAreReachedInOrderAndNotEarly(_ carrier: Carrier) async throws {
        let transport = try await carrier.makeTransport(loops: 1)
        let reached = NIOLockedValueBox<[Int64]>([])
        let last = Outcome<Void>()
        try await transport.onFirst { context in
            let start = context.clock.now()
            for delay in [180, 10, 400, 70] as [Int64] {
                let deadline = start + .milliseconds(delay)
                let ringer = Ringer {
                    #expect(context.loop.isCurrent)
                    #expect(context.clock.now() >= deadline)
                    reached.withLockedValue { $0.append(delay) }
                    if delay == 400 { last.set(()) }
                }
                _ = context.timers.schedule(ringer, at: deadline)
            }
        }
        try await last.value("the last deadline")
        #expect(reached.withLockedValue { $0 } == [10, 70, 180, 400])
        // None of these comes about.
        try await transport.onFirst { context in
            _ = context.timers.schedule(Ringer { reached.withLockedValue { $0.append(0) } }, at: context.clock.now())
            context.timers.stop()
        }
        try await transport.onFirst { _ in }
        await transport.stop()
        #expect(reached.withLockedValue { $0.count } == 4)
    }
}
