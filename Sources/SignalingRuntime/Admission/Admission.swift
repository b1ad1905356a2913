import ByteStreams
package import NetworkAddresses
import SignalingCore
import Synchronization
package import TimeKeeping

/// Decides who gets a WebSocket, and keeps count of how many there are.
package final class Admission: Sendable {
    private let limits: ClientLimits
    private let phase: ServerPhase
    /// WebSockets that may be open at once.
    package let limit: Int
    private let openCount = Atomic<Int>(0)

    package init(limit: Int, limits: ClientLimits, phase: ServerPhase) {
        self.limit = limit
        self.limits = limits
        self.phase = phase
    }

    /// What a client came with.
    package enum Attempt: Sendable {
        /// Wrong in itself: it counts against the client's limit, and that is all.
        case malformed
        /// A request without an upgrade, by which a page learns why its upgrade failed: a browser does not tell.
        case question
        case upgrade
    }

    package enum Outcome: Sendable, Equatable {
        /// A place is taken, to be given back with `connectionEnded`.
        case admitted
        /// Asked without an upgrade: there is nothing against it.
        case wouldBeAdmitted
        case malformed
        case tooManyUpgrades(retryAfter: TimeSpan)
        /// The server is about to end.
        case draining
        /// As many are open as may be.
        case full
    }

    package func admit(_ attempt: Attempt, client: ClientAddress, _ loop: SignalingLoop) -> Outcome {
        if let wait = self.limits.ws.admit(client, loop) { return .tooManyUpgrades(retryAfter: wait) }
        if case .malformed = attempt { return .malformed }
        if self.phase.isDraining { return .draining }
        if case .question = attempt { return self.open < self.limit ? .wouldBeAdmitted : .full }
        return self.takePlace() ? .admitted : .full
    }

    /// WebSockets that are open.
    package var open: Int { self.openCount.load(ordering: .relaxed) }

    private func takePlace() -> Bool {
        let (_, count) = self.openCount.add(1, ordering: .relaxed)
        if count <= self.limit { return true }
        self.openCount.subtract(1, ordering: .relaxed)
        return false
    }

    package func connectionEnded() { self.openCount.subtract(1, ordering: .relaxed) }
}
