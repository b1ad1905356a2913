import NIOCore
import NIOSSL
import ServerApp
import ServerConfiguration
import SignalingRuntime
import SignalingTestKit
import Testing

/// `https://` and `wss://`, with a certificate made for the test.
@Suite struct TLSTests {
    private static func options(_ change: (inout TLSConfiguration) -> Void = { _ in }) -> SocketClient.Options {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        change(&configuration)
        var options = SocketClient.Options()
        options.tls = configuration
        return options
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func pairingWorksOverTLS(version: TLSVersion) async throws {
        try await withTLSServer { server in
            let options = Self.options {
                $0.minimumTLSVersion = version
                $0.maximumTLSVersion = version
            }
            let client = try await server.connect(options: options)
            let minted = try await client.request(HTTPAsk("POST", "/rendezvous/code"))
            let room = try #require(minted.text("appID"))
            let redeemed = try await client.request(.redeem(minted.text("code") ?? ""))
            #expect(redeemed.text("appID") == room)
            let a = try await server.join(room, "A", options: options)
            let b = try await server.join(room, "B", options: options)
            for peer in [a, b] { #expect(try await peer.nextText() == roomFull) }
            let offer = #"{"type":"offer","sdp":""# + String(repeating: "v", count: 100_000) + "\"}"
            try await a.send(offer)
            #expect(try await b.nextText() == offer)
            try await b.close()
            #expect(try await a.nextText() == peerLeft)
        }
    }

    /// Behind TLS there is no half of a connection: who ends it leaves.
    @Test func whoLeavesWhileItsCodeWaitsGivesItsPlaceBack() async throws {
        try await withTLSServer {
            // The code waits for 20 s, the longest that any does: it is not looked at before its client has left.
            $0.redeemFailuresPerMinute = 3
        } _: { server in
            let minted = try await server.connect(options: Self.options()).request(HTTPAsk("POST", "/rendezvous/code"))
            let code = try #require(minted.text("code"))
            // The server reads nothing meanwhile, so it does not say goodbye either, for which clients wait for 5 s unless told otherwise.
            let client = try await server.connect(options: Self.options { $0.shutdownTimeout = .milliseconds(100) })
            for _ in 0..<3 { #expect(try await client.request(.redeem("99999")).status == 410) }
            try await client.send(HTTPAsk.redeem(code).text)
            try await eventually("it waits") { server.signaling.limits.redeemFailures.waiting == 1 }
            client.close()
            try await eventually("its place is free") { server.signaling.limits.redeemFailures.waiting == 0 }
            let other = try await server.connect(options: Self.options())
            #expect(try await other.request(.redeem(code, from: "203.0.113.2")).status == 200)
        }
    }

    @Test func olderVersionsAreRefused() async throws {
        try await withTLSServer { server in
            let options = Self.options {
                $0.minimumTLSVersion = .tlsv1
                $0.maximumTLSVersion = .tlsv11
            }
            await #expect(throws: (any Error).self) {
                try await server.connect(options: options).request(HTTPAsk("GET", "/healthz"))
            }
            // The same with nothing but the version changed.
            let modern = try await server.connect(options: Self.options())
            #expect(try await modern.request(HTTPAsk("GET", "/healthz")).status == 200)
        }
    }

    @Test func plainTextGetsNoAnswer() async throws {
        try await withTLSServer { server in
            let client = try await server.connect()
            try await client.send(HTTPAsk("GET", "/healthz").text)
            let answer = String(buffer: try await client.readToEnd())
            #expect(!answer.contains("HTTP/1.1 200"))
        }
    }

    @Test func drainingClosesTLSConnectionsInOrderToo() async throws {
        try await withTLSServer { server in
            let a = try await server.join(randomRoom(), "A", options: Self.options())
            server.beginShutdown()
            #expect(try await a.nextText().hasPrefix(#"{"type":"going_away""#))
            #expect(try await a.finishClose().closeCode == 1001)
            try await server.waitForEnd()
        }
    }

    /// One line that names the variable and the file.
    @Test(arguments: ["no certificate", "no key", "key of another", "key instead of certificate", "certificate instead of key"])
    func whatCannotServeDoesNotStart(fault: String) async throws {
        try await TestCertificate.with { identity in
            var (certificate, key, named) = (identity.certificate, identity.key, "TLS_CERT_FILE=")
            switch fault {
            case "no certificate": certificate += ".missing"
            case "no key": (key, named) = (key + ".missing", "TLS_KEY_FILE=")
            case "key of another": (key, named) = (identity.otherKey, "TLS_KEY_FILE=")
            case "key instead of certificate": certificate = key
            default: (key, named) = (certificate, "TLS_KEY_FILE=")
            }
            let error = await #expect(throws: StartupError.self) {
                try await withServer {
                    $0.tlsCertificateFile = certificate
                    $0.tlsKeyFile = key
                } _: { _ in
                }
            }
            let line = try #require(error?.description)
            #expect(line.hasPrefix(named))
            #expect(!line.contains("\n"))
        }
    }

    @Test func anAddressThatIsTakenIsNamed() async throws {
        try await withServer { server in
            let port = try #require(server.address.port)
            let error = await #expect(throws: StartupError.self) {
                try await withServer {
                    $0.port = port
                } _: { _ in
                }
            }
            #expect(error?.description.hasPrefix("HOST=127.0.0.1 PORT=\(port): cannot listen there") == true)
        }
    }
}
