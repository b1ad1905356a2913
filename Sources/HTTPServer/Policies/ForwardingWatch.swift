import Logging
import NetworkAddresses
import Synchronization

/// Notices that a peer which is not trusted reports another client's address: most often a proxy that the operator has yet to name, behind
/// which all clients count as one. Told once, as any client can send the field.
final class ForwardingWatch: Sendable {
    private let isTold = Atomic<Bool>(false)

    func forwarded(by peer: ClientAddress, _ logger: Logger) {
        guard !self.isTold.load(ordering: .relaxed), !self.isTold.exchange(true, ordering: .relaxed) else { return }
        logger.warning(
            "X-Forwarded-For comes from a peer that is not trusted; if it is your proxy, add its network to TRUSTED_PROXIES",
            metadata: ["peer": "\(peer.logText(full: false))"])
    }
}
