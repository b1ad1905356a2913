import ByteStreams
import SignalingTestKit
import Testing
import TimeKeeping

private final class Target: DeadlineTarget {
    var fired: [MonotonicTime] = []
    var action: () -> Void = {}

    func deadlineReached(now: MonotonicTime) {
        self.fired.append(now)
        self.action()
    }
}

/// Counts how often it is woken.
///
/// `@unchecked Sendable`: a test uses it on one thread.
private final class Sleeper: LoopWakeable, @unchecked Sendable {
    var wakeUps = 0

    func wake(from context: LoopContext) { self.wakeUps += 1 }
}

@Suite struct LoopTimersTests {
    private let clock = ManualClock()
    private let loop: ManualLoop
    private let context: LoopContext
    private var timers: LoopTimers { self.context.timers }

    init() {
        self.loop = ManualLoop(self.clock)
        self.context = LoopContext(loop: self.loop, clock: self.clock.serverClock)
    }

    private func from(_ start: MonotonicTime, _ milliseconds: Int64) -> MonotonicTime { start + .milliseconds(milliseconds) }

    private func advance(milliseconds: Int, step: Int64 = 10) {
        for _ in 0..<(milliseconds / Int(step)) { self.loop.advance(by: .milliseconds(step)) }
    }

    @Test func deadlinesFireOnceAndNeverEarly() throws {
        let start = self.clock.now
        let targets = ([70, 1_000, 30_000, 300_000] as [Int64]).map { delay -> (Int64, Target) in
            let target = Target()
            _ = self.timers.schedule(target, at: self.from(start, delay))
            return (delay, target)
        }
        #expect(self.timers.count == 4)
        self.advance(milliseconds: 300_200, step: 50)
        for (delay, target) in targets {
            let fired = try #require(target.fired.first)
            #expect(target.fired.count == 1)
            #expect(fired >= self.from(start, delay) && fired <= self.from(start, delay + 150), "\(delay)")
        }
        #expect(self.timers.count == 0)
    }

    @Test func aDeadlineMayMoveEitherWayOrGo() {
        let start = self.clock.now
        let (sooner, later, gone) = (Target(), Target(), Target())
        let tokens = [sooner, later, gone].map { self.timers.schedule($0, at: self.from(start, 5_000)) }
        #expect(self.timers.reschedule(tokens[0], at: self.from(start, 200)))
        #expect(self.timers.reschedule(tokens[1], at: self.from(start, 9_000)))
        self.timers.cancel(tokens[2])
        self.advance(milliseconds: 400)
        #expect(sooner.fired.count == 1 && later.fired.isEmpty)
        self.advance(milliseconds: 8_000)
        #expect(later.fired.isEmpty)
        self.advance(milliseconds: 1_000)
        #expect(later.fired.count == 1 && gone.fired.isEmpty)
        #expect(!self.timers.reschedule(tokens[0], at: self.from(start, 20_000)))
        #expect(!self.timers.reschedule(tokens[2], at: self.from(start, 20_000)))
    }

    /// Deadlines that keep coming must not put off the ones that are there.
    @Test func aStreamOfNewDeadlinesDelaysNone() {
        let start = self.clock.now
        let target = Target()
        _ = self.timers.schedule(target, at: self.from(start, 100))
        let others = (0..<100).map { _ in Target() }
        for other in others {
            _ = self.timers.schedule(other, at: self.clock.now)
            self.advance(milliseconds: 10)
        }
        #expect(target.fired.first.map { $0 <= self.from(start, 200) } == true)
        #expect(others.prefix(90).allSatisfy { $0.fired.count == 1 })
    }

    @Test func whoATargetTouchesIsWokenAndItMayAskAgain() {
        let start = self.clock.now
        let sleeper = Sleeper()
        let target = Target()
        let (timers, context) = (self.timers, self.context)
        target.action = { [unowned target] in
            context.touch(sleeper)
            if target.fired.count < 3, let now = target.fired.last { _ = timers.schedule(target, at: now + .milliseconds(200)) }
        }
        _ = self.timers.schedule(target, at: self.from(start, 100))
        self.advance(milliseconds: 1_500)
        #expect(target.fired.count == 3 && sleeper.wakeUps == 3)
    }

    /// Connections whose deadlines keep moving do not set the loop's alarm anew with each, nor wake the loop more often than once a tick.
    @Test func theLoopIsWokenOnceATick() {
        let start = self.clock.now
        let targets = (0..<100).map { _ in Target() }
        for (index, target) in targets.enumerated() { _ = self.timers.schedule(target, at: self.from(start, Int64(index))) }
        #expect(self.loop.nextAlarm.map { $0 >= self.from(start, 50) } == true)
        var rings = 0
        while self.clock.now < self.from(start, 400) {
            self.clock.advance(by: .milliseconds(1))
            if self.loop.ringIfDue() { rings += 1 }
        }
        #expect(targets.allSatisfy { $0.fired.count == 1 })
        #expect(rings <= 4)
        #expect(self.loop.nextAlarm == nil)
    }

    @Test func nothingFiresAfterStop() {
        let target = Target()
        _ = self.timers.schedule(target, at: self.from(self.clock.now, 100))
        self.timers.stop()
        self.advance(milliseconds: 1_000)
        #expect(target.fired.isEmpty && self.timers.count == 0)
    }
}
