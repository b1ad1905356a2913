import ByteStreams
import CPortableSockets
import NIOCore
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An address of this machine where nobody answers.
final class DeadEnd: Sendable {
    let address: SocketAddress
    private let descriptors: [OwnedDescriptor]

    private init(_ address: SocketAddress, _ descriptors: [OwnedDescriptor]) {
        self.address = address
        self.descriptors = descriptors
    }

    /// The port is taken, by a socket that does not listen.
    static func refusing() throws -> DeadEnd {
        let (owned, address) = try Self.bound()
        return DeadEnd(address, [owned])
    }

    /// The listener's queue is full, and nobody accepts: Linux drops what else wants to connect, as a network does that leads nowhere.
    static func silent() throws -> DeadEnd {
        let (owned, address) = try Self.bound()
        try #require(listen(owned.number, 0) == 0)
        // The first of these connects while the call lasts, and takes the only place.
        let clients = (0..<8).map { _ in OwnedDescriptor(psk_socket(AF_INET)) }
        for client in clients {
            let result = address.withSockAddr { connect(client.number, $0, socklen_t($1)) }
            try #require(result == 0 || errno == EINPROGRESS)
        }
        return DeadEnd(address, [owned] + clients)
    }

    private static func bound() throws -> (OwnedDescriptor, SocketAddress) {
        let owned = OwnedDescriptor(psk_socket(AF_INET))
        let any = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        try #require(any.withSockAddr { bind(owned.number, $0, socklen_t($1)) } == 0)
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            // The storage is large enough for an address of any family, and its length is passed along.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(owned.number, $0, &length) }
        }
        try #require(result == 0)
        // A socket address of this family is laid out as this type, which is smaller than the storage.
        return (owned, SocketAddress(withUnsafeBytes(of: &storage) { $0.loadUnaligned(as: sockaddr_in.self) }))
    }

    /// Whether this machine has an IPv6 address of its own.
    static let hasIPv6: Bool = {
        let owned = OwnedDescriptor(psk_socket(AF_INET6))
        guard owned.number >= 0, let address = try? SocketAddress(ipAddress: "::1", port: 0) else { return false }
        return address.withSockAddr { bind(owned.number, $0, socklen_t($1)) } == 0
    }()
}
