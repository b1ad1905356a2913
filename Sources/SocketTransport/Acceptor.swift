#if os(Linux)
import TimeKeeping
import ByteStreams
import NetworkAddresses
import CLinuxSockets
import Glibc
import NIOCore

/// One loop's share in accepting the listener's connections.
final class Acceptor {
    let descriptor: CInt
    private let policy: AcceptPolicy
    private let makeDriver: @Sendable (LoopContext) -> any StreamDriver
    private unowned let loop: EpollLoop
    private var isResting = false
    private var retry: ExpiryToken?

    /// Connections accepted before it is others' turn.
    private static let acceptsInARow = 64

    init(
        _ descriptor: CInt, _ policy: AcceptPolicy, on loop: EpollLoop,
        makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver
    ) {
        self.descriptor = descriptor
        self.policy = policy
        self.loop = loop
        self.makeDriver = makeDriver
    }

    func accept() {
        for _ in 0..<Self.acceptsInARow {
            guard self.policy.mayAccept() else {
                self.rest()
                return self.askForSpace()
            }
            var address = sockaddr_storage()
            let accepted = lsk_accept(self.descriptor, &address)
            guard accepted >= 0 else {
                switch errno {
                case EAGAIN: return
                case let code where code == EINTR || AcceptPolicy.concernsOneConnection(code): continue
                default: return self.failed(SystemCallError("accept"))
                }
            }
            let peer = ClientAddress(address)
            guard self.policy.opened(by: peer) else {
                _ = Glibc.close(accepted)
                continue
            }
            let stream = SocketStream(accepted, peer: peer, policy: self.policy, loop: self.loop)
            stream.begin(self.makeDriver(self.loop.context))
        }
    }

    /// A connection has closed: there may be space again.
    func goOn() {
        guard self.isResting, self.policy.mayAccept() else { return }
        self.isResting = false
        if !self.loop.watchListener(self.descriptor) { self.failed(SystemCallError("epoll_ctl")) }
    }

    func stop() {
        if let retry = self.retry { self.loop.context.timers.cancel(retry) }
        // It is open still, and clients that wait at it would wake this loop for nothing.
        self.loop.unwatchListener(self.descriptor)
    }

    /// What could not be accepted still waits, and the kernel would go on telling of it.
    private func failed(_ error: SystemCallError) {
        self.rest()
        self.policy.failed(error)
        self.retryLater()
    }

    /// Clients hold all there is: one whose connection nobody needs has to give it up.
    private func askForSpace() {
        if self.policy.askForSpace() { self.retryLater() }
    }

    private func retryLater() {
        guard self.retry == nil else { return }
        self.retry = self.loop.context.timers.schedule(self, at: self.loop.context.clock.now() + AcceptPolicy.pauseAfterFailure)
    }

    private func rest() {
        self.isResting = true
        self.loop.unwatchListener(self.descriptor)
    }
}

extension Acceptor: DeadlineTarget {
    func deadlineReached(now: MonotonicTime) {
        self.retry = nil
        self.goOn()
        if self.isResting { self.askForSpace() }
    }
}

extension ClientAddress {
    /// 0.0.0.0 for what is no IP socket.
    init(_ address: sockaddr_storage) {
        var address = address
        switch CInt(address.ss_family) {
        case AF_INET:
            // A socket address of this family is laid out as this type, which is smaller than the storage.
            let bits = withUnsafeBytes(of: &address) { $0.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr }
            self = .v4(UInt32(bigEndian: bits))
        case AF_INET6:
            // As above.
            let bytes = withUnsafeBytes(of: &address) { $0.loadUnaligned(as: sockaddr_in6.self).sin6_addr }
            let (high, low) = withUnsafeBytes(of: bytes) {
                ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            self = ClientAddress.v6(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low)).unmapped
        default: self = .v4(0)
        }
    }
}
#endif
