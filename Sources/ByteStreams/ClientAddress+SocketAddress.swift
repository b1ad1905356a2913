package import NIOCore
package import NetworkAddresses

extension ClientAddress {
    /// The address of a socket's peer; 0.0.0.0 for what is no IP socket.
    package init(_ address: SocketAddress) {
        // A link-local IPv6 peer comes with its zone, which names an interface of this machine and says nothing about the client.
        let address = address.ipAddress.flatMap { text in ClientAddress(text.prefix { $0 != "%" }) }
        self = address ?? .v4(0)
    }
}
