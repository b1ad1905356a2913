import ByteStreams
package import FairShares
package import NetworkAddresses
import SignalingCore
package import TimeKeeping

/// Decides who gets a WebSocket, and keeps count of how many there are.
package final class Admission: Sendable {
    private let limits: ClientLimits
    private let shares: ClientShares
    private let phase: ServerPhase

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

    package func admit(_ attempt: Attempt, client: ClientAddress, _ loop: SignalingLoop) -> Outcome {
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

    package func connectionEnded(of client: ClientAddress) { self.shares.give(.webSockets, for: client) }
}
