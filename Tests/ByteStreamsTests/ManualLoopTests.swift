import ByteStreams
import SignalingTestKit
import Testing
import TimeKeeping

/// The loop that other tests turn by hand keeps to what `StreamLoop` says, as those of the transports do (`LoopTests` of TransportTests).
@Suite struct ManualLoopTests {
    private final class Bell: LoopAlarm {
        var rings = 0
        var action: () -> Void = {}

        func ring() {
            self.rings += 1
            self.action()
        }
    }

    private let clock = ManualClock()
    private let loop: ManualLoop

    init() { self.loop = ManualLoop(self.clock, isStrict: true) }

    @Test func theAlarmRingsOnceAndNotEarly() {
        let bell = Bell()
        self.loop.setAlarm(after: .milliseconds(10), bell)
        self.clock.advance(by: TimeSpan(nanoseconds: 9_999_999))
        #expect(!self.loop.ringIfDue() && bell.rings == 0)
        self.clock.advance(by: TimeSpan(nanoseconds: 1))
        #expect(self.loop.ringIfDue() && bell.rings == 1)
        self.loop.advance(by: .seconds(1))
        #expect(bell.rings == 1)
    }

    @Test func settingTheAlarmReplacesTheOneBeforeEvenIfThatIsDue() {
        let (first, second) = (Bell(), Bell())
        self.loop.setAlarm(after: .milliseconds(10), first)
        self.clock.advance(by: .milliseconds(20))
        self.loop.setAlarm(after: .milliseconds(10), second)
        self.loop.advance(by: .seconds(1))
        #expect(first.rings == 0 && second.rings == 1)
    }

    @Test func anAlarmMayBeCalledOffAndSetAnewWhileItRings() {
        let (off, again) = (Bell(), Bell())
        self.loop.setAlarm(after: .milliseconds(10), off)
        self.loop.cancelAlarm()
        self.loop.advance(by: .seconds(1))
        #expect(off.rings == 0)
        again.action = { [unowned again, loop] in
            #expect(loop.isCurrent)
            if again.rings < 3 { loop.setAlarm(after: .milliseconds(10), again) }
        }
        self.loop.setAlarm(after: .milliseconds(10), again)
        self.loop.advance(by: .seconds(1))
        #expect(again.rings == 3)
    }

    @Test func workIsDoneInItsOrderAndOnTheLoop() {
        /// `@unchecked Sendable`: used by this test's thread only.
        final class Order: @unchecked Sendable { var seen: [Int] = [] }
        let order = Order()
        let loop = self.loop
        for number in 0..<3 {
            loop.execute {
                #expect(loop.isCurrent)
                order.seen.append(number)
                loop.execute { order.seen.append(number + 3) }
            }
        }
        #expect(!loop.isCurrent && loop.hasWork && order.seen.isEmpty)
        #expect(loop.runReady())
        #expect(order.seen == [0, 1, 2, 3, 4, 5] && !loop.hasWork)
    }
}
