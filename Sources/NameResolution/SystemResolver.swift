package import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The system's way to look names up: its files, then its name servers, as it is set up.
package enum SystemResolver {
    #if canImport(Glibc)
    private static let stream = CInt(SOCK_STREAM.rawValue)
    #else
    private static let stream = SOCK_STREAM
    #endif

    /// Blocks, possibly for long.
    @Sendable package static func lookUp(_ host: String) -> Result<[SocketAddress], ResolveError> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        // Otherwise each address comes once for every kind of socket.
        hints.ai_socktype = Self.stream
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            return .failure(.failed(code == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(code))))
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee, addresses.count < HostResolver.mostAddresses {
            if let address = Self.address(entry) { addresses.append(address) }
            next = entry.ai_next
        }
        return addresses.isEmpty ? .failure(.failed("the host has no IP address")) : .success(addresses)
    }

    private static func address(_ entry: addrinfo) -> SocketAddress? {
        guard let address = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        // The list lives until it is freed, and an address of this family is laid out as this type.
        case AF_INET: return SocketAddress(address.loadUnaligned(as: sockaddr_in.self))
        // As above.
        case AF_INET6: return SocketAddress(address.loadUnaligned(as: sockaddr_in6.self))
        default: return nil
        }
    }
}
