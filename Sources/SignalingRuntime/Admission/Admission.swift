import ByteStreams
package import FairShares
package import NetworkAddresses
import SignalingCore
import Synchronization
package import TimeKeeping

/// Decides who gets a WebSocket, and keeps count of how many there are.
package final class Admission: Sendable {
    private let limits: ClientLimits
    private let shares: ClientShares
    private let phase: ServerPhase
    private let passedHere = Atomic<Int>(0)

    package init(shares: ClientShares, limits: ClientLimits, phase: ServerPhase) {
        self.shares = shares
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
        /// The client has its share of them, or as many as any client may.
        case tooManyOpen
    }

    /// Whether everybody is turned away, as the server is about to end.
    package var isEnding: Bool { self.phase.isEnding }

    /// - Parameter isPassedHere: It came by another server, whose it is where it arrives.
    package func admit(_ attempt: Attempt, client: ClientAddress, isPassedHere: Bool = false, _ loop: SignalingLoop) -> Outcome {
        let outcome = self.decide(attempt, client, loop)
        if isPassedHere, outcome == .admitted { self.passedHere.add(1, ordering: .relaxed) }
        return outcome
    }

    private func decide(_ attempt: Attempt, _ client: ClientAddress, _ loop: SignalingLoop) -> Outcome {
        if let wait = self.limits.ws.admit(client, loop) { return .tooManyUpgrades(retryAfter: wait) }
        switch attempt {
        case .malformed: return .malformed
        case .question where self.phase.isEnding, .upgrade where self.phase.isEnding: return .draining
        case .question: return self.outcome(self.shares.verdict(on: 1, of: .webSockets, for: client), .wouldBeAdmitted)
        case .upgrade: return self.outcome(self.shares.take(.webSockets, for: client), .admitted)
        }
    }

    private func outcome(_ verdict: ShareBook.Verdict, _ granted: Outcome) -> Outcome {
        switch verdict {
        case .granted: granted
        case .exhausted: .full
        case .overShare, .overCap: .tooManyOpen
        }
    }

    /// WebSockets that are open.
    package var open: Int { self.shares.total(.webSockets) }

    /// Of those, the ones that came by another server.
    package var openPassedHere: Int { self.passedHere.load(ordering: .relaxed) }

    package func connectionEnded(of client: ClientAddress, isPassedHere: Bool = false) {
        if isPassedHere { self.passedHere.subtract(1, ordering: .relaxed) }
        self.shares.give(.webSockets, for: client)
    }
}
