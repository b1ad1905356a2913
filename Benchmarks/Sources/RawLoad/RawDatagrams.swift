#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// UDP sockets, each at a loopback address of its own, so that a server takes them for so many clients. Linux has all of 127.0.0.0/8.
package final class RawDatagrams {
    package static let mostSources = 60_000
    private let descriptors: [Int32]
    private var buffer = [UInt8](repeating: 0, count: 2048)

    package init(sources: Int, to server: ServerAddress) throws(RawFailure) {
        var descriptors: [Int32] = []
        for number in 0..<sources {
            do { descriptors.append(try Self.open(number, server)) } catch {
                for descriptor in descriptors { SystemCalls.closeSocket(descriptor) }
                throw error
            }
        }
        self.descriptors = descriptors
    }

    deinit { for descriptor in self.descriptors { SystemCalls.closeSocket(descriptor) } }

    private static func open(_ number: Int, _ server: ServerAddress) throws(RawFailure) -> Int32 {
        #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        #else
        let descriptor = socket(AF_INET, SOCK_DGRAM, 0)
        #endif
        guard descriptor >= 0 else { throw .system("socket", errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F01_0001 + number).bigEndian
        // The address is one of IPv4, and is read as such, with its length.
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
        guard isBound, server.connect(descriptor) == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else {
            defer { SystemCalls.closeSocket(descriptor) }
            throw .system("bind", errno)
        }
        return descriptor
    }

    package func send(_ bytes: [UInt8], from source: Int) { _ = bytes.withUnsafeBytes { SystemCalls.write($0, self.descriptors[source]) } }

    /// What has come for a source; nil if nothing has.
    package func received(for source: Int) -> ArraySlice<UInt8>? {
        let count = recv(self.descriptors[source], &self.buffer, self.buffer.count, 0)
        return count < 0 ? nil : self.buffer[..<count]
    }
}
