import CPortableSockets
package import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A UDP socket in a test's hands.
package final class DatagramClient: Sendable {
    private let descriptor: CInt
    package let address: SocketAddress

    /// Bound to any port of this address, or to this one.
    package init(at host: String, port: Int = 0) throws {
        let address = try SocketAddress(ipAddress: host, port: port)
        self.descriptor = psk_datagram_socket(address.protocol.rawValue)
        guard self.descriptor >= 0 else { throw SocketFailure.unexpected("no socket") }
        var bound = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = self.descriptor
        let found = withUnsafeMutablePointer(to: &bound) { pointer in
            // The storage is large enough for an address of any family, and its length is passed along.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bound in
                address.withSockAddr { bind(descriptor, $0, socklen_t($1)) } == 0 && getsockname(descriptor, bound, &length) == 0
            }
        }
        guard found else {
            psk_close(descriptor)
            throw SocketFailure.unexpected("\(host) port \(port) cannot be bound")
        }
        // Both families have the port at this place.
        let chosen = withUnsafeBytes(of: &bound) { UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
        self.address = try SocketAddress(ipAddress: host, port: Int(chosen))
    }

    deinit { psk_close(self.descriptor) }

    package var port: Int { self.address.port ?? 0 }

    /// From now on nothing is received that comes from elsewhere.
    package func connect(to address: SocketAddress) throws {
        let descriptor = self.descriptor
        #if canImport(Glibc)
        let result = address.withSockAddr { Glibc.connect(descriptor, $0, socklen_t($1)) }
        #elseif canImport(Musl)
        let result = address.withSockAddr { Musl.connect(descriptor, $0, socklen_t($1)) }
        #else
        let result = address.withSockAddr { Darwin.connect(descriptor, $0, socklen_t($1)) }
        #endif
        guard result == 0 else { throw SocketFailure.unexpected("not connected to \(address)") }
    }

    /// Nil stands for where it is connected to. What the system does not take is lost, as datagrams are.
    package func send(_ bytes: [UInt8], to address: SocketAddress?) {
        guard let address else {
            _ = write(self.descriptor, bytes, bytes.count)
            return
        }
        _ = address.withSockAddr { sendto(self.descriptor, bytes, bytes.count, 0, $0, socklen_t($1)) }
    }

    /// The next datagram that has come, and nil if none has.
    package func received() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 2048)
        let count = recv(self.descriptor, &bytes, bytes.count, 0)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    package func allReceived() -> [[UInt8]] {
        var all: [[UInt8]] = []
        while let bytes = self.received() { all.append(bytes) }
        return all
    }

    /// The response to a request, which is sent again, as clients do, until it comes.
    package func response(to bytes: [UInt8], at address: SocketAddress?) async throws -> [UInt8] {
        var response: [UInt8]?
        try await eventually("a response") {
            self.send(bytes, to: address)
            for _ in 0..<20 where response == nil {
                response = self.received()
                if response == nil { try await Task.sleep(for: .milliseconds(10)) }
            }
            return response != nil
        }
        return response ?? []
    }
}
