import NIOCore
import RESPCore
import Testing

@testable import EngineScripts

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An engine that runs on this machine: `scripts/with-engines` starts them, and says where they are in NT_ENGINES.
struct EngineAtSocket: Sendable, CustomTestStringConvertible {
    let name: String
    let path: String

    var testDescription: String { self.name }

    /// As `name=path`, with blanks in between.
    static let all: [EngineAtSocket] = {
        guard let list = getenv("NT_ENGINES") else { return [] }
        return String(cString: list).split(separator: " ").map { entry in
            let parts = entry.split(separator: "=", maxSplits: 1)
            precondition(parts.count == 2, "NT_ENGINES has an entry that is not name=path")
            return EngineAtSocket(name: String(parts[0]), path: String(parts[1]))
        }
    }()
}

/// A connection to an engine that waits for each reply. Its scripts take the time from the test.
final class RealEngine {
    private let descriptor: CInt
    private var parser = RESPParser()
    private var digests: [EngineScript: String] = [:]
    private let keys: EngineKeys
    private static let clockKey = "test:now"

    /// All that it holds is deleted.
    init(_ place: EngineAtSocket, prefix: String) throws {
        self.keys = EngineKeys(prefix: prefix)
        self.descriptor = try connectToUnixSocket(place.path)
        _ = try self.command("FLUSHALL")
        for script in EngineScript.allCases {
            let source = script.source(clock: "local now = tonumber(redis.call('GET', '\(Self.clockKey)'))")
            self.digests[script] = try self.command("SCRIPT", "LOAD", .text(source)).text
        }
    }

    deinit { close(self.descriptor) }

    func run<Call: EngineCall>(_ call: Call, now: Int64) throws -> Call.Reply {
        _ = try self.command("SET", .text(Self.clockKey), .text("\(now)"))
        let keys = call.keys(self.keys)
        let head: [RESPArgument] = [.text("EVALSHA"), .text(self.digests[call.script] ?? ""), .integer(keys.count)]
        return try call.reply(self.command(head + keys.map { .text($0) } + call.arguments))
    }

    func command(_ parts: RESPArgument...) throws -> RESPValue { try self.command(parts) }

    private func command(_ parts: [RESPArgument]) throws -> RESPValue {
        var request = ByteBuffer()
        RESPCommand.write(parts, into: &request)
        while request.readableBytes > 0 {
            let count = request.withUnsafeReadableBytes { send(self.descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { throw EngineTrouble("send: \(errno)") }
            request.moveReaderIndex(forwardBy: count)
        }
        while true {
            if let reply = try self.parser.next() {
                if case .error(let error) = reply { throw EngineTrouble(error.text) }
                return reply
            }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = recv(self.descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { throw EngineTrouble("recv: \(errno)") }
            self.parser.feed(ByteBuffer(bytes: bytes[..<count]))
        }
    }
}

struct EngineTrouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

private func connectToUnixSocket(_ path: String) throws -> CInt {
    #if canImport(Darwin)
    let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
    #else
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    #endif
    // An engine that does not reply ends the test.
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let connected = try SocketAddress(unixDomainSocketPath: path).withSockAddr { connect(descriptor, $0, socklen_t($1)) }
    guard connected == 0 else {
        close(descriptor)
        throw EngineTrouble("\(path): errno \(errno)")
    }
    return descriptor
}
