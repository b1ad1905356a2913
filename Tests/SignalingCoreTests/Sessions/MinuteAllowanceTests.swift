import SignalingCore
import Testing
import TimeKeeping

@Suite struct MinuteAllowanceTests {
    @Test func sixtyAMinute() {
        let start = MonotonicTime(nanoseconds: -5)
        var allowance = MinuteAllowance(perMinute: 60)
        for _ in 0..<60 { #expect(allowance.admit(now: start) == true) }
        #expect(allowance.admit(now: start) == false)
        #expect(allowance.admit(now: start + TimeSpan(nanoseconds: 59_999_999_999)) == false)
        for _ in 0..<60 { #expect(allowance.admit(now: start + .minutes(1)) == true) }
        #expect(allowance.admit(now: start + .seconds(90)) == false)
        #expect(allowance.admit(now: start + .minutes(2)) == true)
    }
}
