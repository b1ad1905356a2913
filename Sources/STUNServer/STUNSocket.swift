package import ByteStreams
import CPortableSockets
package import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The UDP socket that requests arrive at.
package struct STUNSocket: Sendable {
    private let owned: OwnedDescriptor

    /// Some 300 of the smallest datagrams, as Linux counts: more than a tick may read, and less than would still be answered when their
    /// clients have asked again.
    private static let bufferSize: CInt = 128 * 1024

    /// Neither SO_REUSEPORT nor SO_REUSEADDR: where another STUN or TURN server has the port, its clients are not to be taken from it.
    package init(_ address: SocketAddress) throws(SystemCallError) {
        let owned = OwnedDescriptor(psk_datagram_socket(address.protocol.rawValue))
        guard owned.number >= 0 else { throw SystemCallError("socket") }
        // :: stands for every address, IPv4 ones too, whatever the system's default.
        if address.protocol == .inet6 { try Self.set(owned, CInt(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
        for name in [SO_RCVBUF, SO_SNDBUF] { try Self.set(owned, SOL_SOCKET, name, Self.bufferSize) }
        guard address.withSockAddr({ bind(owned.number, $0, socklen_t($1)) }) == 0 else { throw SystemCallError("bind") }
        self.owned = owned
    }

    private static func set(_ owned: OwnedDescriptor, _ level: CInt, _ name: CInt, _ value: CInt) throws(SystemCallError) {
        var value = value
        guard setsockopt(owned.number, level, name, &value, socklen_t(MemoryLayout<CInt>.size)) == 0 else {
            throw SystemCallError("setsockopt")
        }
    }

    var descriptor: CInt { self.owned.number }

    package func close() { self.owned.close() }

    /// The one that the system chose, where it was to be any.
    func port() throws(SystemCallError) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            // The storage is large enough for an address of any family, and its length is passed along.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(self.descriptor, $0, &length) }
        }
        guard result == 0 else { throw SystemCallError("getsockname") }
        // Both families have the port at this place.
        return Int(UInt16(bigEndian: withUnsafeBytes(of: &storage) { $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self) }))
    }
}
