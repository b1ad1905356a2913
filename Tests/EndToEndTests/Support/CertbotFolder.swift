import SignalingTestKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Certificates as certbot keeps them: links in one folder lead to files in another, and a renewal points them to newer ones.
struct CertbotFolder {
    private let folder: String
    var certificate: String { self.folder + "/fullchain.pem" }
    var key: String { self.folder + "/privkey.pem" }

    static func with(_ test: (CertbotFolder) async throws -> Void) async throws {
        let folder = CertbotFolder(folder: try ChildProcess.temporaryFolder())
        defer {
            for path in [folder.certificate, folder.key, folder.folder] { remove(path) }
        }
        try await test(folder)
    }

    func point(_ link: String, to file: String) throws {
        unlink(link)
        guard symlink(file, link) == 0 else { throw SocketFailure.unexpected("no link can be made") }
    }

    func point(to pair: TestCertificate) throws {
        try self.point(self.certificate, to: pair.certificate)
        try self.point(self.key, to: pair.key)
    }
}
