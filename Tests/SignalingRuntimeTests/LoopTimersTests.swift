import NIOCore
import SignalingCore
import SignalingRuntime
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

@Suite struct LoopTimersTests {
    private let world = RuntimeWorld()
    private var timers: LoopTimers { self.world.context.timers }
    private func from(_ start: MonotonicTime, _ milliseconds: Int64) -> MonotonicTime { start + .milliseconds(milliseconds) }

    private func advance(milliseconds: Int, step: Int64 = 10) {
        for _ in 0..<(milliseconds / Int(step)) { self.world.advance(by: .milliseconds(step)) }
    }

    @Test func deadlinesFireOnceAndNeverEarly() throws {
        let start = self.world.clock.now
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
        let start = self.world.clock.now
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
        let start = self.world.clock.now
        let target = Target()
        _ = self.timers.schedule(target, at: self.from(start, 100))
        let others = (0..<100).map { _ in Target() }
        for other in others {
            _ = self.timers.schedule(other, at: self.world.clock.now)
            self.advance(milliseconds: 10)
        }
        #expect(target.fired.first.map { $0 <= self.from(start, 200) } == true)
        #expect(others.prefix(90).allSatisfy { $0.fired.count == 1 })
    }

    @Test func whatATargetSetsOffIsPassedOnAndItMayAskAgain() {
        let start = self.world.clock.now
        let owner = self.world.owner()
        let target = Target()
        let (timers, context) = (self.timers, self.world.context)
        target.action = { [unowned target] in
            _ = owner.outbox?.append(context) { $0.writeString("x") }
            if target.fired.count < 3, let now = target.fired.last { _ = timers.schedule(target, at: now + .milliseconds(200)) }
        }
        _ = self.timers.schedule(target, at: self.from(start, 100))
        self.advance(milliseconds: 1_500)
        #expect(target.fired.count == 3 && owner.signals == 3)
    }

    @Test func nothingFiresAfterStop() {
        let target = Target()
        _ = self.timers.schedule(target, at: self.from(self.world.clock.now, 100))
        self.timers.stop()
        self.advance(milliseconds: 1_000)
        #expect(target.fired.isEmpty && self.timers.count == 0)
    }
}
