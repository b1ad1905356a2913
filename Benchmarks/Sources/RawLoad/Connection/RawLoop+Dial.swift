#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension RawLoop {
    /// Begins a connection, to the loop's server unless another is named; the number of the error where it was refused at once. Throws where
    /// no further connection is possible.
    package func dial(
        _ mode: RawConnection.Mode, to address: ServerAddress? = nil, owner: Int, side: Int = 0
    ) throws(RawFailure) -> DialResult {
        let server = address ?? self.server
        #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        #elseif canImport(Musl)
        let descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
        #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw .system("socket, after \(self.dialled) connections", errno) }
        self.dialled += 1
        self.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
        #if canImport(Darwin)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        self.set(descriptor, SOL_SOCKET, SO_NOSIGPIPE)
        #endif
        if server.isLoopback { try self.bindSource(descriptor) }
        if server.connect(descriptor) != 0, errno != EINPROGRESS {
            let number = errno
            SystemCalls.closeSocket(descriptor)
            return .refused(number)
        }
        let connection = RawConnection(
            descriptor: descriptor, generation: UInt32(truncatingIfNeeded: self.dialled), mode: mode, owner: owner, side: side)
        while self.connections.count <= Int(descriptor) { self.connections.append(nil) }
        self.connections[Int(descriptor)] = connection
        try self.poller.add(descriptor, tag: connection.tag)
        return .connection(connection)
    }

    package enum DialResult {
        case connection(RawConnection)
        case refused(Int32)
    }

    /// 127.0.1.1 and the 199 addresses behind it in turn: one address has some 28,000 ports, many of which wait for two minutes after a
    /// connection has ended. Linux alone takes all of 127.0.0.0/8 for its own.
    private func bindSource(_ descriptor: Int32) throws(RawFailure) {
        #if os(Linux)
        // IP_BIND_ADDRESS_NO_PORT: the port is chosen when the server's address is known, so that it need not be unused altogether.
        self.set(descriptor, Int32(IPPROTO_IP), 24)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = (0x7F00_0101 + UInt32(self.dialled % 200)).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        if result != 0 { throw .system("bind", errno) }
        #endif
    }

    private func set(_ descriptor: Int32, _ level: Int32, _ option: Int32) {
        var one: Int32 = 1
        setsockopt(descriptor, level, option, &one, socklen_t(MemoryLayout<Int32>.size))
    }
}
