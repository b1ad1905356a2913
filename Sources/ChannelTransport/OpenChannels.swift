import NIOConcurrencyHelpers
import NIOCore

/// The channels of a transport's connections, from the moment that they are accepted. NIO's loops end without those that are on their way
/// from the listener to them.
final class OpenChannels: Sendable {
    private let channels = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])

    /// `closed` is called when the channel is.
    func insert(_ channel: any Channel, closed: @escaping @Sendable () -> Void) {
        let id = ObjectIdentifier(channel)
        self.channels.withLockedValue { $0[id] = channel }
        channel.closeFuture.whenComplete { _ in
            self.channels.withLockedValue { $0[id] = nil }
            closed()
        }
    }

    /// Closes all, and returns when they are closed.
    func closeAll() async {
        let channels = self.channels.withLockedValue { Array($0.values) }
        for channel in channels { channel.close(promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }
}
