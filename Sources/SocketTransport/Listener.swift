#if os(Linux)
import ByteStreams
import CLinuxSockets
import Glibc
import NIOCore

/// The listening socket.
enum Listener {
    static func open(_ address: SocketAddress) throws -> CInt {
        let descriptor = lsk_socket(address.protocol.rawValue)
        guard descriptor >= 0 else { throw SystemCallError("socket") }
        do {
            try self.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            // :: stands for every address, whatever the system's default.
            if address.protocol == .inet6 { try self.set(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
            // Frames are gathered here already.
            try self.set(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
            // A system that does not know the option works without it.
            try? self.set(descriptor, CInt(IPPROTO_TCP), TCP_NOTSENT_LOWAT, ListenerOptions.mostUnsent)
            let bound = address.withSockAddr { bind(descriptor, $0, socklen_t($1)) }
            guard bound == 0 else { throw SystemCallError("bind") }
            guard Glibc.listen(descriptor, ListenerOptions.backlog) == 0 else { throw SystemCallError("listen") }
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    static func address(of descriptor: CInt) throws -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            // The storage is large enough for an address of any family, and its length is passed along.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
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

    private static func set(_ descriptor: CInt, _ level: CInt, _ name: CInt, _ value: CInt) throws(SystemCallError) {
        var value = value
        guard setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size)) == 0 else {
            throw SystemCallError("setsockopt")
        }
    }
}
#endif
