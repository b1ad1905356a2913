import Foundation

/// The server itself, as a process: the newest one built beside these tests, or what NT_SERVER_BINARY names.
final class RunningServer {
    static let binary: String = {
        if let named = ProcessInfo.processInfo.environment["NT_SERVER_BINARY"] { return named }
        let here = URL(
            fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0])
        return here.deletingLastPathComponent().appendingPathComponent("nt-backend-wrtc").path
    }()

    struct Failure: Error { var description: String }

    let port: Int
    var url: String { "http://127.0.0.1:\(self.port)" }
    private let settings: [String: String]
    private let folder: URL
    private var process: Process?

    /// Started, and ready.
    init(_ settings: [String: String] = [:], keepsState: Bool = false) async throws {
        self.port = try freePort()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nt-client-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.folder = folder
        let store =
            keepsState
            ? [
                "STORE": "sqlite://\(folder.path)/state.db", "STORE_SYNC": "normal",
                "TOKEN_KEY": Data(repeating: 7, count: 32).base64EncodedString(),
            ] : [:]
        self.settings = ["HOST": "127.0.0.1", "PORT": String(self.port), "STUN_PORT": "0"].merging(store) { $1 }.merging(settings) { $1 }
        try await self.start()
    }

    deinit {
        self.kill()
        try? FileManager.default.removeItem(at: self.folder)
    }

    func start() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.binary)
        process.environment = self.settings
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        // Each attempt is one connection to a port of this machine, which is refused until the server listens.
        for _ in 0..<600 {
            guard process.isRunning else { throw Failure(description: "the server has ended") }
            if accepts(port: self.port) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(description: "the server does not listen within 30 s")
    }

    /// As by SIGKILL, and waits for its end.
    func kill() {
        guard let process = self.process else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// As an operator does it.
    func terminate() {
        self.process?.terminate()
        self.process?.waitUntilExit()
        self.process = nil
    }
}

private func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

#if canImport(Darwin)
private let stream = SOCK_STREAM
#else
private let stream = Int32(SOCK_STREAM.rawValue)
#endif

func freePort() throws -> Int {
    let descriptor = socket(AF_INET, stream, 0)
    defer { close(descriptor) }
    var address = loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // Pointers to locals, which outlive the calls.
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
        }
    }
    guard bound else { throw RunningServer.Failure(description: "no free port") }
    return Int(in_port_t(bigEndian: address.sin_port))
}

private func accepts(port: Int) -> Bool {
    let descriptor = socket(AF_INET, stream, 0)
    defer { close(descriptor) }
    var address = loopback(port)
    // A pointer to a local, which outlives the call.
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
