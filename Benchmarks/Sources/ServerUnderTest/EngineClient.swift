#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A connection to an engine on loopback. Its calls wait, but no longer than two seconds.
package final class EngineClient {
    private let descriptor: Int32
    private var unread: [UInt8] = []
    private var read = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    private static let patience = 2
    private static let mostUnread = 1 << 24
    // An engine that has just ended must not end the tool.
    #if canImport(Darwin)
    private static let flags: Int32 = 0
    #else
    private static let flags = Int32(MSG_NOSIGNAL)
    #endif

    package init(port: Int) throws(EngineFault) {
        #if canImport(Glibc)
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        self.descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard let port = UInt16(exactly: port), self.descriptor >= 0 else { throw EngineFault("no socket") }
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(self.descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var one: Int32 = 1
        setsockopt(self.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // The address is one of IPv4, and is read as such, with its length.
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 { throw EngineFault("nobody listens at port \(port)") }
    }

    deinit { if self.descriptor >= 0 { close(self.descriptor) } }

    /// A command as it is sent.
    package static func command(_ parts: [String]) -> [UInt8] {
        var bytes = Array("*\(parts.count)\r\n".utf8)
        for part in parts {
            bytes += Array("$\(part.utf8.count)\r\n".utf8)
            bytes += Array(part.utf8)
            bytes += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
        }
        return bytes
    }

    package func send(_ bytes: [UInt8]) throws(EngineFault) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glue.send(self.descriptor, $0.baseAddress, $0.count, Self.flags) }
            guard count > 0 else { throw EngineFault("it takes nothing (\(String(cString: strerror(errno))))") }
            sent += count
        }
    }

    /// The next reply.
    package func reply() throws(EngineFault) -> EngineReply {
        while true {
            if let (reply, count) = try EngineReply.read(self.unread[self.read...]) {
                self.read += count
                return reply
            }
            // What is read is cleared away when more comes, not for each reply.
            self.unread.removeFirst(self.read)
            self.read = 0
            let count = recv(self.descriptor, &self.buffer, self.buffer.count, 0)
            guard count > 0 else { throw EngineFault("no reply in time") }
            guard self.unread.count + count <= Self.mostUnread else { throw EngineFault("a reply of more than 16 MiB") }
            self.unread += self.buffer[..<count]
        }
    }

    package func call(_ parts: String...) throws(EngineFault) -> EngineReply {
        try self.send(Self.command(parts))
        return try self.reply()
    }

    /// send(2), whose name is also that of a method here.
    private enum Glue {
        static func send(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32) -> Int {
            #if canImport(Glibc)
            Glibc.send(descriptor, bytes, count, flags)
            #elseif canImport(Musl)
            Musl.send(descriptor, bytes, count, flags)
            #else
            Darwin.send(descriptor, bytes, count, flags)
            #endif
        }
    }
}
