import NIOCore
import NIOSSL
import ServerApp
import ServerConfiguration
import SignalingTestKit
import Testing

/// A certificate that is renewed while the server runs.
@Suite struct CertificateReloadTests {
    /// A client that believes in this certificate alone.
    static func trusting(_ certificate: String) throws -> SocketClient.Options {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificate))
        configuration.certificateVerification = .noHostnameVerification
        var options = SocketClient.Options()
        options.tls = configuration
        return options
    }

    static func isServed(_ pair: TestCertificate, at address: SocketAddress) async throws -> Bool {
        guard let client = try? await SocketClient.connect(to: address, options: Self.trusting(pair.certificate)) else { return false }
        defer { client.close() }
        return (try? await client.request(HTTPAsk("GET", "/healthz")))?.status == 200
    }

    private static func withRenewal(
        _ test: (TestServer, CertbotFolder, _ old: TestCertificate, _ new: TestCertificate) async throws -> Void
    ) async throws {
        try await CertbotFolder.with { folder in
            try await TestCertificate.with { old in
                try await TestCertificate.with { new in
                    try folder.point(to: old)
                    try await withServer {
                        $0.tlsCertificateFile = folder.certificate
                        $0.tlsKeyFile = folder.key
                    } _: { server in
                        try await test(server, folder, old, new)
                    }
                }
            }
        }
    }

    @Test func aRenewedPairIsServedToNewConnectionsAndOldOnesStay() async throws {
        try await Self.withRenewal { server, folder, old, new in
            let room = randomRoom()
            let a = try await server.join(room, "A", options: Self.trusting(old.certificate))
            #expect(try await Self.isServed(old, at: server.address))
            await server.server.reloader.look()
            #expect(server.log.lines("the certificate was renewed").isEmpty)
            try folder.point(to: new)
            await server.server.reloader.look()
            #expect(try await Self.isServed(new, at: server.address))
            #expect(try await !Self.isServed(old, at: server.address))
            await server.server.reloader.look()
            #expect(server.log.lines("the certificate was renewed").count == 1)
            let b = try await server.join(room, "B", options: Self.trusting(new.certificate))
            for client in [a, b] { #expect(try await client.nextText() == roomFull) }
        }
    }

    /// Whoever looks in between finds a certificate and the key of another, or half a file.
    @Test func whatDoesNotFitIsLeftAndTriedAgain() async throws {
        try await Self.withRenewal { server, folder, old, new in
            let half = try TemporaryFile("-----BEGIN CERTIFICATE-----\nMIIB")
            defer { half.remove() }
            func complaints() -> [String] {
                server.log.lines("the certificate's files have changed and cannot be used: serving the old one, and trying again")
                    .compactMap { $0.metadata["reason"] }
            }
            try folder.point(folder.certificate, to: half.path)
            for _ in 0..<3 { await server.server.reloader.look() }
            #expect(complaints().count == 1 && complaints()[0].hasPrefix("TLS_CERT_FILE="))
            try folder.point(folder.certificate, to: new.certificate)
            for _ in 0..<3 { await server.server.reloader.look() }
            #expect(complaints().count == 2 && complaints()[1].hasPrefix("TLS_KEY_FILE="))
            #expect(try await Self.isServed(old, at: server.address))
            try folder.point(folder.key, to: new.key)
            await server.server.reloader.look()
            #expect(try await Self.isServed(new, at: server.address))
            #expect(complaints().count == 2)
        }
    }

    @Test func aReloadTakesTheCertificateToo() async throws {
        try await Self.withRenewal { server, folder, old, new in
            var settings = ServerSettings()
            settings.tlsCertificateFile = folder.certificate
            settings.tlsKeyFile = folder.key
            let read = settings
            try folder.point(folder.key, to: new.key)
            await server.server.reloader.reload { read }
            #expect(server.log.lines("cannot reload: all stays as it was").count == 1)
            #expect(try await Self.isServed(old, at: server.address))
            try folder.point(to: new)
            await server.server.reloader.reload { read }
            #expect(server.log.lines("reloaded").first?.metadata["files"] == "TLS_CERT_FILE, TLS_KEY_FILE")
            #expect(try await Self.isServed(new, at: server.address))
        }
    }

    @Test func theMetricSaysWhenTheServedOneEnds() async throws {
        try await Self.withRenewal { server, folder, old, _ in
            // The same key for a week more, so that the two do not end in the same second.
            let longer = try TemporaryFile("")
            defer { longer.remove() }
            let words = ["openssl", "x509", "-in", old.certificate, "-signkey", old.key, "-days", "9", "-out", longer.path]
            #expect(try await ChildProcess(words).waitForEnd() == 0)
            var ends: [Int64] = []
            for path in [old.certificate, longer.path] {
                try folder.point(folder.certificate, to: path)
                await server.server.reloader.look()
                let client = try await server.connect(options: Self.trusting(path))
                let page = MetricsText(try await client.request(HTTPAsk("GET", "/metrics")).body)
                let end = Int64(try #require(try NIOSSLCertificate.fromPEMFile(path).first).notValidAfter)
                #expect(page["nt_tls_certificate_not_after_seconds"] == Double(end))
                ends.append(end)
            }
            #expect(ends[1] - ends[0] > 6 * 86_400)
        }
    }
}
