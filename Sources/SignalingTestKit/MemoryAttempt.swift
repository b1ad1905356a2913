package import ByteStreams
package import NIOCore
import NetworkAddresses
package import TimeKeeping

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A connection that a driver on a `ManualLoop` has asked for: a test says what comes of it, and the driver hears of that when the loop
/// next runs what is ready. The limit is the test's to keep.
///
/// `@unchecked Sendable`: used by one thread, as its loop is.
package final class MemoryAttempt: ConnectAttempt, @unchecked Sendable {
    package let address: SocketAddress
    package let limit: TimeSpan
    package let tls: (any ClientTLS)?
    private unowned let loop: ManualLoop
    private var driver: (any StreamDriver)?
    /// What was decided.
    private var outcome: ((any StreamDriver) -> Void)?

    init(to address: SocketAddress, within limit: TimeSpan, tls: (any ClientTLS)?, driver: any StreamDriver, loop: ManualLoop) {
        self.address = address
        self.limit = limit
        self.tls = tls
        self.driver = driver
        self.loop = loop
    }

    /// Nothing has been decided yet, and the driver still waits.
    package var isPending: Bool { self.outcome == nil && self.driver != nil }

    /// The connection comes about. The test has the far end of the stream in its hands, as that of a client that connected.
    package func accept(in context: LoopContext, sendCapacity: Int = .max, manner: MemoryStream.Manner = .channel) -> MemoryStream {
        let stream = MemoryStream(context: context, peer: ClientAddress(self.address), sendCapacity: sendCapacity, manner: manner)
        self.decide { stream.begin($0) }
        return stream
    }

    package func refuse(_ reason: ConnectError.Reason = .system(SystemCallError("connect", code: ECONNREFUSED))) {
        let error = ConnectError(self.address, reason)
        self.decide { $0.ended(error) }
    }

    package func runOut() { self.refuse(.overLimit(self.limit)) }

    package func cancel() { self.driver = nil }

    private func decide(_ outcome: @escaping (any StreamDriver) -> Void) {
        guard self.isPending else { return }
        self.outcome = outcome
        self.loop.execute {
            if let driver = self.driver.take() { self.outcome?(driver) }
        }
    }
}
