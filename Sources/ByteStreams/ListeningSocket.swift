import CPortableSockets
package import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A TCP socket that listens, whichever transport accepts its connections: opened here, or passed on by another process.
///
/// Several descriptors, of several processes too, may stand for one such socket. Its queue lives until the last of them is closed.
package final class ListeningSocket: Sendable {
    private let owned: OwnedDescriptor

    private init(_ owned: OwnedDescriptor) { self.owned = owned }

    package var descriptor: CInt { self.owned.number }

    package static func open(_ address: SocketAddress) throws -> ListeningSocket {
        let owned = OwnedDescriptor(psk_socket(address.protocol.rawValue))
        guard owned.number >= 0 else { throw SystemCallError("socket") }
        let socket = ListeningSocket(owned)
        try socket.set(SOL_SOCKET, SO_REUSEADDR, 1)
        // :: stands for every address, whatever the system's default.
        if address.protocol == .inet6 { try socket.set(CInt(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
        guard address.withSockAddr({ bind(socket.descriptor, $0, socklen_t($1)) }) == 0 else { throw SystemCallError("bind") }
        try socket.setOptions()
        return socket
    }

    /// Takes over a descriptor that came from elsewhere; nil, with the descriptor closed, if it is no TCP socket that listens.
    package static func adopt(_ descriptor: CInt) throws -> ListeningSocket? {
        let owned = OwnedDescriptor(descriptor)
        guard psk_is_tcp_listener(descriptor) == 1 else { return nil }
        guard psk_adopt(descriptor) == 0 else { throw SystemCallError("fcntl") }
        let socket = ListeningSocket(owned)
        try socket.setOptions()
        return socket
    }

    /// What its connections inherit, so that none of them costs a system call, and how many may wait.
    private func setOptions() throws(SystemCallError) {
        // Frames are gathered here already.
        try self.set(CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        // A system that does not know the option works without it.
        try? self.set(CInt(IPPROTO_TCP), TCP_NOTSENT_LOWAT, ListenerOptions.mostUnsent)
        try self.setBacklog()
    }

    /// Whoever opened the socket, or has it accepted from, may have set less.
    package func setBacklog() throws(SystemCallError) {
        guard listen(self.descriptor, ListenerOptions.backlog) == 0 else { throw SystemCallError("listen") }
    }

    /// A second descriptor for the same socket.
    package func duplicate() throws(SystemCallError) -> ListeningSocket {
        let copy = psk_duplicate(self.descriptor)
        guard copy >= 0 else { throw SystemCallError("fcntl") }
        return ListeningSocket(OwnedDescriptor(copy))
    }

    /// If there is no other descriptor for it, clients that nobody has accepted are cut off.
    package func close() { self.owned.close() }

    /// The descriptor, which is the caller's to close from now on.
    package func release() -> CInt { self.owned.release() }

    /// Where it listens: with the port that the system chose if it was to be any.
    package func address() throws -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            // The storage is large enough for an address of any family, and its length is passed along.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(self.descriptor, $0, &length) }
        }
        guard result == 0 else { throw SystemCallError("getsockname") }
        switch CInt(storage.ss_family) {
        // A socket address of this family is laid out as this type, which is smaller than the storage.
        case AF_INET: return SocketAddress(withUnsafeBytes(of: &storage) { $0.loadUnaligned(as: sockaddr_in.self) })
        // As above.
        case AF_INET6: return SocketAddress(withUnsafeBytes(of: &storage) { $0.loadUnaligned(as: sockaddr_in6.self) })
        default: throw SystemCallError("getsockname", code: EAFNOSUPPORT)
        }
    }

    private func set(_ level: CInt, _ name: CInt, _ value: CInt) throws(SystemCallError) {
        var value = value
        guard setsockopt(self.descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size)) == 0 else {
            throw SystemCallError("setsockopt")
        }
    }
}
