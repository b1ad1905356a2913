import ByteStreams

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Sends datagrams to the socket that a service manager listens on. Whether they arrive changes nothing for the server, so nothing is said
/// of those that do not.
final class NotifySocket: Sendable {
    private let owned: OwnedDescriptor
    private let address: sockaddr_un
    private let length: socklen_t

    /// A manager that takes this long to read what it was sent has lost it.
    private static let patience = timeval(tv_sec: 0, tv_usec: 200_000)

    /// - Parameter name: NOTIFY_SOCKET: a path, or after an `@` the name of an abstract socket. Nil where it is neither.
    init?(_ name: String) {
        var address = sockaddr_un()
        var bytes = Array(name.utf8)
        guard bytes.first == UInt8(ascii: "/") || (bytes.first == UInt8(ascii: "@") && bytes.count > 1),
            bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0)
        else { return nil }
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        address.sun_family = sa_family_t(AF_UNIX)
        // It was just made sure that they are fewer than there is space for.
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        self.address = address
        // Of an abstract name every byte counts, also those behind its end.
        self.length = socklen_t((MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 0) + bytes.count)
        #if canImport(Glibc)
        self.owned = OwnedDescriptor(socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0))
        #else
        self.owned = OwnedDescriptor(socket(AF_UNIX, SOCK_DGRAM, 0))
        #endif
        guard self.owned.number >= 0, fcntl(self.owned.number, F_SETFD, FD_CLOEXEC) == 0 else { return nil }
        var patience = Self.patience
        setsockopt(self.owned.number, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ text: String) {
        var address = self.address
        let bytes = Array(text.utf8)
        // A socket's address of any family is passed as that of none, with its length, which the initializer counted.
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(self.owned.number, bytes, bytes.count, 0, address, self.length)
            }
        }
    }
}
