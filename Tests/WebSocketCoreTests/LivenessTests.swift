import SignalingCore
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

@Suite struct LivenessTests {
    private let start = MonotonicTime(nanoseconds: 9_000_000_000)
    private let idle = Liveness.Outbound(flushed: 0, isPending: false)

    private func make(seed: UInt64 = 100) -> Liveness { Liveness(heartbeat: .seconds(20), seed: seed, now: self.start) }
    private func at(_ seconds: Int64) -> MonotonicTime { self.start + .seconds(seconds) }

    @Test func pingsComeEveryHeartbeatAndAreNumbered() {
        var liveness = self.make()
        for second in 1...200 as ClosedRange<Int64> {
            liveness.heard(now: self.at(second))
            let wake = liveness.wake(now: self.at(second), outbound: self.idle, isPaused: false)
            #expect(wake == (second % 20 == 0 ? .ping(token: 100 + UInt64(second / 20)) : .nothing), "at \(second)")
        }
    }

    @Test func silenceForTwoHeartbeatsEndsIt() {
        var liveness = self.make()
        liveness.heard(now: self.at(5))
        #expect(liveness.wake(now: self.at(44), outbound: self.idle, isPaused: false) == .ping(token: 101))
        #expect(liveness.wake(now: self.at(45), outbound: self.idle, isPaused: false) == .close(.unresponsive))
    }

    @Test func silenceWhileTheServerDoesNotReadProvesNothing() {
        var liveness = self.make()
        for second in stride(from: 10, through: 600, by: 10) as StrideThrough<Int64> {
            let wake = liveness.wake(now: self.at(second), outbound: self.idle, isPaused: true)
            #expect(wake != .close(.unresponsive), "at \(second)")
        }
        // Once it reads again, silence counts from the last moment it did not.
        #expect(liveness.wake(now: self.at(639), outbound: self.idle, isPaused: false) != .close(.unresponsive))
        #expect(liveness.wake(now: self.at(640), outbound: self.idle, isPaused: false) == .close(.unresponsive))
    }

    @Test func aReceiverThatTakesNothingIsGivenUp() {
        var liveness = self.make()
        let stuck = Liveness.Outbound(flushed: 500, isPending: true)
        for second in stride(from: 10, through: 40, by: 10) as StrideThrough<Int64> {
            liveness.heard(now: self.at(second))
            #expect(liveness.wake(now: self.at(second), outbound: stuck, isPaused: false) != .close(.slowConsumer))
        }
        liveness.heard(now: self.at(50))
        #expect(liveness.wake(now: self.at(50), outbound: stuck, isPaused: false) == .close(.slowConsumer))
    }

    @Test func aReceiverThatTakesALittleIsNot() {
        var liveness = self.make()
        for second in stride(from: 10, through: 600, by: 10) as StrideThrough<Int64> {
            liveness.heard(now: self.at(second))
            let outbound = Liveness.Outbound(flushed: Int(second), isPending: true)
            #expect(liveness.wake(now: self.at(second), outbound: outbound, isPaused: false) != .close(.slowConsumer))
        }
    }

    @Test func anEmptyQueueEndsTheStall() {
        var liveness = self.make()
        let stuck = Liveness.Outbound(flushed: 500, isPending: true)
        for second in stride(from: 10, through: 300, by: 10) as StrideThrough<Int64> {
            liveness.heard(now: self.at(second))
            let outbound = second % 40 == 0 ? Liveness.Outbound(flushed: 500, isPending: false) : stuck
            #expect(liveness.wake(now: self.at(second), outbound: outbound, isPaused: false) != .close(.slowConsumer))
        }
    }

    /// It says nothing and takes nothing: the second is what its operator should look at.
    @Test func aSilentReceiverWithAQueueIsSlow() {
        var liveness = self.make()
        let outbound = Liveness.Outbound(flushed: 1, isPending: true)
        #expect(liveness.wake(now: self.at(39), outbound: outbound, isPaused: false) == .ping(token: 101))
        #expect(liveness.wake(now: self.at(40), outbound: outbound, isPaused: false) == .close(.slowConsumer))
    }

    @Test func onlyThePongOfThePingUnderWayCounts() {
        var liveness = self.make()
        #expect(liveness.pong(token: 101, now: self.at(1)) == nil)
        #expect(liveness.wake(now: self.at(20), outbound: self.idle, isPaused: false) == .ping(token: 101))
        #expect(liveness.pong(token: 100, now: self.at(21)) == nil)
        #expect(liveness.pong(token: 102, now: self.at(21)) == nil)
        #expect(liveness.pong(token: 101, now: self.at(23)) == .seconds(3))
        #expect(liveness.pong(token: 101, now: self.at(24)) == nil)
    }

    @Test func aProbeIsAPingOutOfTurn() {
        var liveness = self.make(seed: .max)
        #expect(liveness.probe(now: self.at(15)) == 0)
        // It replaces the one that was due.
        liveness.heard(now: self.at(20))
        #expect(liveness.wake(now: self.at(20), outbound: self.idle, isPaused: false) == .nothing)
        #expect(liveness.pong(token: 0, now: self.at(20)) == .seconds(5))
        #expect(liveness.wake(now: self.at(35), outbound: self.idle, isPaused: false) == .ping(token: 1))
    }

    @Test func theNextLookIsNeverLate() {
        var liveness = self.make()
        // Twice a heartbeat at the least, so that a stall is noticed.
        #expect(liveness.nextWake(now: self.start) == self.at(10))
        #expect(liveness.nextWake(now: self.at(15)) == self.at(20))
        liveness.heard(now: self.at(1))
        _ = liveness.probe(now: self.at(30))
        #expect(liveness.nextWake(now: self.at(35)) == self.at(41))
    }
}
