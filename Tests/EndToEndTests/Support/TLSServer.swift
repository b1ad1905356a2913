import ServerConfiguration
import SignalingTestKit

/// A server that speaks TLS with a certificate made for the test.
func withTLSServer(
    _ adjust: (inout ServerSettings) -> Void = { _ in }, _ test: (TestServer) async throws -> Void
) async throws {
    try await TestCertificate.with { identity in
        try await withServer(
            {
                $0.tlsCertificateFile = identity.certificate
                $0.tlsKeyFile = identity.key
                adjust(&$0)
            }, test)
    }
}
