#if os(Linux)
import NetworkAddresses
import CLinuxSockets
import Glibc
import NIOCore
import SignalingCore
import SignalingRuntime

/// One loop's share in accepting the listener's connections.
final class Acceptor {
    let descriptor: CInt
    private let connections: ConnectionCount
    private let makeDriver: @Sendable (LoopContext) -> any StreamDriver
    private let report: @Sendable (SystemCallError) -> Void
    private var isResting = false
    private var hasFailed = false
    private var isToRetry = false

    /// Connections accepted before it is others' turn.
    private static let acceptsInARow = 64
    /// After accept failed, how long until it is tried again, unless a connection closes first.
    private static let rest = TimeAmount.milliseconds(200)

    init(
        _ descriptor: CInt, connections: ConnectionCount, makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver,
        report: @escaping @Sendable (SystemCallError) -> Void
    ) {
        self.descriptor = descriptor
        self.connections = connections
        self.makeDriver = makeDriver
        self.report = report
    }

    func accept(_ loop: EpollLoop) {
        for _ in 0..<Self.acceptsInARow {
            // Those past the bound wait in the kernel's queue; nobody who is connected notices.
            guard self.connections.mayAccept else {
                self.pause(loop)
                return self.goOn(loop)
            }
            var address = sockaddr_storage()
            let accepted = lsk_accept(self.descriptor, &address)
            guard accepted >= 0 else {
                switch errno {
                case EAGAIN: return
                // The client left before it was accepted, or a signal came.
                case ECONNABORTED, EINTR, EPROTO: continue
                default: return self.failed(SystemCallError("accept"), loop)
                }
            }
            self.hasFailed = false
            self.connections.socketOpened()
            let stream = SocketStream(accepted, peer: ClientAddress(address), connections: self.connections, loop: loop)
            stream.begin(self.makeDriver(loop.context))
        }
    }

    /// There may be room again.
    func goOn(_ loop: EpollLoop) {
        guard self.isResting else { return }
        if !self.connections.mayAccept {
            loop.group?.restsFromAccepting()
            // One may have closed between the question and the note.
            guard self.connections.mayAccept else { return }
        }
        self.isResting = false
        if !loop.watchListener(self.descriptor) { self.failed(SystemCallError("epoll_ctl"), loop) }
    }

    /// Most likely for want of a descriptor. What could not be accepted still waits, and the kernel would go on telling of it.
    private func failed(_ error: SystemCallError, _ loop: EpollLoop) {
        if !self.hasFailed { self.report(error) }
        self.hasFailed = true
        self.pause(loop)
        loop.group?.restsFromAccepting()
        guard !self.isToRetry else { return }
        self.isToRetry = true
        loop.scheduleTask(in: Self.rest) { loop.acceptor?.retry(loop) }
    }

    private func retry(_ loop: EpollLoop) {
        self.isToRetry = false
        self.goOn(loop)
    }

    private func pause(_ loop: EpollLoop) {
        self.isResting = true
        loop.unwatchListener(self.descriptor)
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
