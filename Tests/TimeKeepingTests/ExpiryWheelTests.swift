import SignalingCore
import Testing
import TimeKeeping

@Suite struct ExpiryWheelTests {
    private let start = MonotonicTime(nanoseconds: 5_000_000_000)

    @Test func payloadsComeOutWhenTheirTimeHasPassed() {
        var wheel = ExpiryWheel<String>(granularity: .milliseconds(10), horizon: .seconds(1))
        _ = wheel.schedule("late", at: self.start + .seconds(30), now: self.start)
        _ = wheel.schedule("soon", at: self.start + .milliseconds(50), now: self.start)
        #expect(wheel.popExpired(now: self.start + .milliseconds(49)) == nil)
        #expect(wheel.popExpired(now: self.start + .milliseconds(60)) == "soon")
        #expect(wheel.popExpired(now: self.start + .seconds(29)) == nil)
        #expect(wheel.popExpired(now: self.start + .seconds(31)) == "late")
        #expect(wheel.isEmpty)
        #expect(wheel.nextDeadline == nil)
    }

    @Test func aStaleTokenNamesNothing() {
        var wheel = ExpiryWheel<String>(granularity: .milliseconds(10), horizon: .seconds(1))
        let fired = wheel.schedule("fired", at: self.start, now: self.start)
        #expect(wheel.popExpired(now: self.start + .milliseconds(10)) == "fired")
        let cancelled = wheel.schedule("cancelled", at: self.start + .seconds(1), now: self.start)
        #expect(wheel.cancel(cancelled) == "cancelled")
        _ = wheel.schedule("other", at: self.start + .seconds(2), now: self.start)
        #expect(wheel.cancel(fired) == nil)
        #expect(wheel.cancel(cancelled) == nil)
        #expect(wheel.reschedule(cancelled, at: self.start) == false)
        #expect(wheel.count == 1)
        #expect(wheel.popExpired(now: self.start + .seconds(3)) == "other")
    }

    @Test func reschedulingMovesADeadlineEitherWay() {
        var wheel = ExpiryWheel<Int>(granularity: .milliseconds(10), horizon: .seconds(1))
        let earlier = wheel.schedule(1, at: self.start + .seconds(10), now: self.start)
        let later = wheel.schedule(2, at: self.start + .seconds(1), now: self.start)
        #expect(wheel.reschedule(earlier, at: self.start + .seconds(2)) == true)
        #expect(wheel.reschedule(later, at: self.start + .seconds(20)) == true)
        #expect(wheel.popExpired(now: self.start + .seconds(3)) == 1)
        #expect(wheel.popExpired(now: self.start + .seconds(3)) == nil)
        #expect(wheel.popExpired(now: self.start + .seconds(21)) == 2)
    }

    @Test func aPayloadIsLetGoWhenItLeaves() {
        final class Resource {}
        var wheel = ExpiryWheel<Resource>(granularity: .milliseconds(10), horizon: .seconds(1))
        weak var first: Resource?
        weak var second: Resource?
        do {
            let resources = (Resource(), Resource())
            (first, second) = resources
            let token = wheel.schedule(resources.0, at: self.start + .seconds(1), now: self.start)
            _ = wheel.schedule(resources.1, at: self.start + .seconds(1), now: self.start)
            wheel.cancel(token)
        }
        #expect(first == nil)
        #expect(second != nil)
        _ = wheel.popExpired(now: self.start + .seconds(2))
        #expect(second == nil)
    }
}
