#if os(Linux)
import Glibc
import NIOCore
import SignalingTestKit

/// The program as it was built along with these tests.
enum ServerBinary {
    static let path: String? = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard length > 0 else { return nil }
        let own = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = own.lastIndex(of: "/") else { return nil }
        let path = own[...slash] + "nt-backend-wrtc"
        return access(String(path), X_OK) == 0 ? String(path) : nil
    }()

    static func start(_ words: [String], _ environment: [String: String]) throws -> ChildProcess {
        try ChildProcess([Self.path ?? ""] + words, environment: environment)
    }

    /// Starts the server on a free port and, once it listens, runs a test against it.
    static func serve(
        _ environment: [String: String] = [:], _ test: (ChildProcess, SocketAddress) async throws -> Void
    ) async throws {
        try await Turnstile.servers.pass {
            let settings = ["HOST": "127.0.0.1", "PORT": "0", "STUN_PORT": "0", "LOG_FORMAT": "json", "READ_HEADER_TIMEOUT": "60s"]
            let process = try Self.start(["serve"], settings.merging(environment) { $1 })
            var port = 0
            try await eventually("the server listens") {
                let lines = process.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                guard let line = lines.first(where: { $0.contains("listening") }) else { return false }
                guard let start = line.firstRange(of: #""port":"#)?.upperBound else { return false }
                port = Int(line[start...].drop { $0 == "\"" }.prefix(while: \.isNumber)) ?? 0
                return port > 0
            }
            try await test(process, SocketAddress(ipAddress: "127.0.0.1", port: port))
        }
    }
}
#endif
