#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Where the server listens: an IPv4 address and a port.
package struct ServerAddress: Equatable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16
    /// In network byte order.
    private let address: UInt32

    package init?(host: String, port: Int) {
        guard let port = UInt16(exactly: port), port > 0 else { return nil }
        var address = in_addr()
        let numeric = host == "localhost" ? "127.0.0.1" : host
        guard inet_pton(AF_INET, numeric, &address) == 1 else { return nil }
        self.host = numeric
        self.port = port
        self.address = address.s_addr
    }

    /// `http://127.0.0.1:1234`, or the same with `ws`.
    package init?(url: String) {
        guard let scheme = ["http://", "ws://"].first(where: { url.hasPrefix($0) }) else { return nil }
        var rest = url.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest.removeLast() }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let port = parts.count == 2 ? Int(parts[1]) : 80 else { return nil }
        self.init(host: String(parts[0]), port: port)
    }

    package var description: String { "\(self.host):\(self.port)" }

    package var isLoopback: Bool { UInt32(bigEndian: self.address) >> 24 == 127 }

    func connect(_ descriptor: Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = self.port.bigEndian
        address.sin_addr.s_addr = self.address
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                SystemCalls.connectSocket(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
