import OperationCore
import Testing
import TimeKeeping

@Suite struct SignalRulesTests {
    private static func time(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    @Test(
        arguments: [(0, .nothing), (20, .nothing), (999, .nothing), (1000, .endAtOnce), (60_000, .endAtOnce)]
            as [(Int64, SignalRules.Action)])
    func aSecondSignalToStopEndsItAtOnceUnlessItIsTheFirstOnceMore(later: Int64, action: SignalRules.Action) {
        var rules = SignalRules()
        #expect(rules.received(.stop, at: Self.time(5)) == .stop)
        #expect(rules.received(.stop, at: Self.time(5 + later)) == action)
    }

    /// The second counts from the first, not from the one before: whoever goes on sending ends it.
    @Test func aStreamOfSignalsEndsIt() {
        var rules = SignalRules()
        let actions = stride(from: Int64(0), through: 1200, by: 400).map { rules.received(.stop, at: Self.time($0)) }
        #expect(actions == [.stop, .nothing, .nothing, .endAtOnce])
    }

    @Test func aHangUpReloadsUntilTheServerStops() {
        var rules = SignalRules()
        for time in [Int64(0), 10, 5000] { #expect(rules.received(.hangUp(isTerminalGone: false), at: Self.time(time)) == .reload) }
        #expect(rules.received(.stop, at: Self.time(6000)) == .stop)
        #expect(rules.received(.hangUp(isTerminalGone: false), at: Self.time(9000)) == .nothing)
    }

    @Test func whereTheTerminalHasGoneItStops() {
        var rules = SignalRules()
        #expect(rules.received(.hangUp(isTerminalGone: true), at: Self.time(0)) == .stop)
        #expect(rules.received(.hangUp(isTerminalGone: true), at: Self.time(5000)) == .nothing)
        #expect(rules.received(.stop, at: Self.time(6000)) == .endAtOnce)
    }
}
