import NIOCore
import SignalingCore

extension ClientAddress {
    /// The address of a socket's peer; nil for a Unix domain socket.
    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        // A link-local IPv6 peer comes with its zone, which names an interface of this machine and says nothing about the client.
        self.init(text.prefix { $0 != "%" })
    }
}
