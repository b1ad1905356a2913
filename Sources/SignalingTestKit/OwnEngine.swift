#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A process of an engine that one test has for itself.
package final class OwnEngine {
    package let admin: BlockingEngine
    package let path: String
    package let port: Int
    private let process: ChildProcess
    private let folder: String

    /// On a free port of loopback, in the clear, or with this certificate.
    package static func start(_ kind: EngineAtSocket, tls: TestCertificate? = nil) async throws -> OwnEngine {
        for _ in 0..<5 {
            do { return try await OwnEngine(kind, port: .random(in: 20_000...32_000), tls: tls) } catch is PortTaken {}
        }
        throw PortTaken()
    }

    private struct PortTaken: Error {}

    private init(_ kind: EngineAtSocket, port: Int, tls: TestCertificate?) async throws {
        self.folder = try ChildProcess.temporaryFolder()
        let path = self.folder + "/socket"
        self.path = path
        self.port = port
        var words = ["\(kind.name)-server", "--unixsocket", self.path, "--dir", self.folder, "--save", "", "--bind", "127.0.0.1"]
        if let tls {
            words += ["--port", "0", "--tls-port", "\(port)", "--tls-cert-file", tls.certificate, "--tls-key-file", tls.key]
            words += ["--tls-ca-cert-file", tls.certificate, "--tls-auth-clients", "no"]
        } else {
            words += ["--port", "\(port)"]
        }
        let process = try ChildProcess(words)
        self.process = process
        var admin: BlockingEngine?
        try await eventually("\(kind.name) starts") {
            if process.output.contains("already in use") { throw PortTaken() }
            admin = try? BlockingEngine(path: path)
            return admin != nil
        }
        guard let admin else { throw SocketFailure.unexpected("\(kind.name) does not start") }
        self.admin = admin
    }

    deinit {
        // It is gone before its folder is: ChildProcess ends it when it is released, and it keeps no file.
        self.process.signal(SIGKILL)
        unlink(self.path)
        rmdir(self.folder)
    }
}
