#if os(Linux)
import ByteStreams
import CPortableSockets
import Glibc
import NIOCore
import NetworkAddresses
import TimeKeeping

/// A socket that is to become a stream when it is connected.
///
/// `@unchecked Sendable`: it is touched on its loop's thread only; what it hands over there is for that loop itself.
final class SocketAttempt: ConnectAttempt, @unchecked Sendable {
    /// What the kernel's events for this socket carry, and by which the loop finds the attempt.
    let tag: UInt32
    private let address: SocketAddress
    private let limit: TimeSpan
    private unowned let loop: EpollLoop
    private var socket = OwnedDescriptor(-1)
    /// Until it has heard what came of this.
    private var driver: (any StreamDriver)?
    private var deadline: ExpiryToken?

    init(to address: SocketAddress, within limit: TimeSpan, driver: (any StreamDriver)?, loop: EpollLoop, tag: UInt32) {
        self.address = address
        self.limit = limit
        self.driver = driver
        self.loop = loop
        self.tag = tag
    }

    func begin(_ tls: (any ClientTLS)?) {
        self.deadline = self.loop.context.timers.schedule(self, at: self.loop.context.clock.now() + self.limit)
        guard tls == nil else { return self.settleLater(.lacksTLS) }
        self.socket = OwnedDescriptor(psk_socket(self.address.protocol.rawValue))
        guard self.socket.number >= 0 else { return self.settleLater(.system(SystemCallError("socket"))) }
        self.setOptions()
        let result = self.address.withSockAddr { Glibc.connect(self.socket.number, $0, socklen_t($1)) }
        guard result != 0 else { return self.settleLater(nil) }
        switch errno {
        case EINPROGRESS, EINTR:
            if !self.loop.watch(self.socket.number, tag: self.tag) { self.settleLater(.system(SystemCallError("epoll_ctl"))) }
        default: self.settleLater(.system(SystemCallError("connect")))
        }
    }

    /// Those that connections accepted from a `ListeningSocket` inherit, and a bound on what is received. A system that does not know one works without it.
    private func setOptions() {
        guard self.address.protocol != .unix else { return }
        for (level, name, value) in [
            (CInt(IPPROTO_TCP), TCP_NODELAY, 1), (CInt(IPPROTO_TCP), TCP_NOTSENT_LOWAT, ListenerOptions.mostUnsent),
            (SOL_SOCKET, SO_RCVBUF, ListenerOptions.mostUnread),
        ] {
            var value = value
            setsockopt(self.socket.number, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    /// The kernel has told of the socket: it is connected, or never will be.
    func handle(_ descriptor: CInt) {
        guard descriptor == self.socket.number else { return }
        // The stream asks for events itself, once it has looked for input.
        self.loop.unwatch(descriptor)
        self.settle(SystemCallError.pending(at: descriptor).map { .system(SystemCallError("connect", code: $0.code)) })
    }

    /// What is known at once the driver is not to be told from within the call that led here.
    private func settleLater(_ failure: ConnectError.Reason?) { self.loop.execute { self.settle(failure) } }

    private func settle(_ failure: ConnectError.Reason?) {
        if let failure { return self.fail(failure) }
        guard let driver = self.release() else { return }
        let stream = SocketStream(self.socket.release(), peer: ClientAddress(self.address), policy: nil, loop: self.loop)
        stream.begin(driver)
    }

    func fail(_ reason: ConnectError.Reason) {
        guard let driver = self.release() else { return }
        self.socket.close()
        driver.ended(ConnectError(self.address, reason))
    }

    func cancel() {
        // Closing takes it out of the epoll too.
        if self.release() != nil { self.socket.close() }
    }

    private func release() -> (any StreamDriver)? {
        guard let driver = self.driver.take() else { return nil }
        if let deadline = self.deadline { self.loop.context.timers.cancel(deadline) }
        self.loop.remove(self)
        return driver
    }
}

extension SocketAttempt: DeadlineTarget {
    func deadlineReached(now: MonotonicTime) { self.fail(.overLimit(self.limit)) }
}
#endif
