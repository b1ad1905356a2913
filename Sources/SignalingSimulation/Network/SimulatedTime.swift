import SignalingCore
import SignalingTestKit
import TimeKeeping

/// The one clock of a world, and whose turn it is: everything happens on one thread, one event loop at a time.
final class SimulatedTime: Sendable {
    let clock = ManualClock()

    var now: MonotonicTime { self.clock.now }

    func move(to moment: MonotonicTime) {
        if moment > self.now { self.clock.advance(by: moment - self.now) }
    }
}
