#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A self-signed certificate, its key, and a key that is not its; made by the openssl command and gone after the test.
package struct TestCertificate: Sendable {
    package let certificate: String
    package let key: String
    package let otherKey: String

    package static func with(_ test: (TestCertificate) async throws -> Void) async throws {
        let folder = try ChildProcess.temporaryFolder()
        let names = ["cert.pem", "key.pem", "other.pem"].map { folder + "/" + $0 }
        defer { for path in names + [folder] { remove(path) } }
        try await test(TestCertificate(certificate: names[0], key: names[1], otherKey: names[2]))
    }

    private init(certificate: String, key: String, otherKey: String) async throws {
        self.certificate = certificate
        self.key = key
        self.otherKey = otherKey
        let curve = ["-pkeyopt", "ec_paramgen_curve:prime256v1"]
        try await Self.run(
            ["openssl", "req", "-x509", "-newkey", "ec"] + curve
                + ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", self.key, "-out", self.certificate])
        try await Self.run(["openssl", "genpkey", "-algorithm", "EC"] + curve + ["-out", self.otherKey])
    }

    private static func run(_ words: [String]) async throws {
        let status = try await ChildProcess(words).waitForEnd()
        guard status == 0 else { throw ChildProcess.Failure(command: words.joined(separator: " "), status: status) }
    }
}
