import NIOCore
package import RESPCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A connection to an engine that waits for each reply: for what a test has to say to it.
package final class BlockingEngine {
    package struct Trouble: Error, CustomStringConvertible {
        package let description: String
    }

    private let descriptor: CInt
    private var parser = RESPParser()

    /// - Parameter path: That of its Unix socket.
    package init(path: String) throws {
        #if canImport(Darwin)
        self.descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #else
        self.descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        #endif
        // An engine that does not reply ends the test.
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let connected = try SocketAddress(unixDomainSocketPath: path).withSockAddr { connect(self.descriptor, $0, socklen_t($1)) }
        guard connected == 0 else { throw Trouble(description: "\(path): errno \(errno)") }
    }

    deinit { close(self.descriptor) }

    @discardableResult
    package func command(_ parts: RESPArgument...) throws -> RESPValue { try self.command(parts) }

    package func command(_ parts: [RESPArgument]) throws -> RESPValue {
        var request = ByteBuffer()
        RESPCommand.write(parts, into: &request)
        while request.readableBytes > 0 {
            let count = request.withUnsafeReadableBytes { send(self.descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { throw Trouble(description: "send: errno \(errno)") }
            request.moveReaderIndex(forwardBy: count)
        }
        while true {
            if let reply = try self.parser.next() {
                if case .error(let error) = reply { throw error }
                return reply
            }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = recv(self.descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { throw Trouble(description: "recv: errno \(errno)") }
            self.parser.feed(ByteBuffer(bytes: bytes[..<count]))
        }
    }
}
