#if os(Linux)
import Glibc
import NIOCore
import SignalingTestKit
import Testing

/// The program itself, sent SIGHUP, and with a certificate that is renewed.
@Suite(.enabled(if: ServerBinary.path != nil, "the program is not built beside the tests"))
struct ReloadProcessTests {
    private static func key(_ name: String) async throws -> (key: String, line: String) {
        let process = try ServerBinary.start(["key", "new", name], [:])
        #expect(try await process.waitForEnd() == 0)
        let lines = process.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 2)
        return (lines[0], lines[1])
    }

    private static func mint(_ address: SocketAddress, _ key: String) async throws -> Int {
        let client = try await SocketClient.connect(to: address)
        defer { client.close() }
        return try await client.request(HTTPAsk("POST", "/rendezvous/code", headers: [("Authorization", "Bearer \(key)")])).status
    }

    @Test func aHangUpReadsTheSettingsFileAndTheFilesThatItNames() async throws {
        let (old, new) = (try await Self.key("old"), try await Self.key("new"))
        let keys = try TemporaryFile(old.line + "\n")
        let settings = try TemporaryFile("LOG_LEVEL=info\n")
        defer {
            keys.remove()
            settings.remove()
        }
        let environment = ["CONFIG_FILE": settings.path, "AUTH": "key", "API_KEYS_FILE": keys.path]
        try await ServerBinary.serve(environment) { process, address async throws in
            #expect(try await Self.mint(address, old.key) == 200)
            #expect(try await Self.mint(address, new.key) == 401)
            #expect(!process.output.contains("not admitted"))
            let kept = try await SocketClient.connect(to: address)
            #expect(try await kept.request(HTTPAsk("GET", "/healthz")).status == 200)

            try keys.replace(with: new.line + "\n")
            try settings.replace(with: "LOG_LEVEL=debug\nHEARTBEAT=77s\n")
            process.signal(SIGHUP)
            try await eventually("it has reloaded") { process.output.contains(#""message":"reloaded""#) }
            #expect(process.output.contains("LOG_LEVEL=debug"))
            #expect(process.output.contains("API_KEYS_FILE"))
            #expect(process.output.contains(#""wait_for_restart":"HEARTBEAT""#))
            #expect(try await Self.mint(address, new.key) == 200)
            #expect(try await Self.mint(address, old.key) == 401)
            try await eventually("the log has more to say") { process.output.contains("not admitted") }

            try settings.replace(with: "LOG_LEVEL=info\nHTTP_RATE_PER_MIN=often\n")
            process.signal(SIGHUP)
            try await eventually("it has not") { process.output.contains("cannot reload") }
            #expect(process.output.contains("HTTP_RATE_PER_MIN"))
            try keys.replace(with: "no key\n")
            try settings.replace(with: "LOG_LEVEL=info\n")
            process.signal(SIGHUP)
            try await eventually("nor this time") { process.output.contains("API_KEYS_FILE=\(keys.path): line 1") }
            #expect(try await Self.mint(address, new.key) == 200)
            #expect(try await kept.request(HTTPAsk("GET", "/readyz")).status == 200)
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd() == 0)
        }
    }

    @Test func aRenewedCertificateIsFoundWithoutASignal() async throws {
        try await CertbotFolder.with { folder in
            try await TestCertificate.with { old in
                try await TestCertificate.with { new in
                    try folder.point(to: old)
                    let environment = ["TLS_CERT_FILE": folder.certificate, "TLS_KEY_FILE": folder.key]
                    try await ServerBinary.serve(environment) { process, address async throws in
                        #expect(try await CertificateReloadTests.isServed(old, at: address))
                        try folder.point(to: new)
                        try await eventually("it is served", within: .seconds(3 * Patience.seconds)) {
                            try await CertificateReloadTests.isServed(new, at: address)
                        }
                        try await eventually("it is said") { process.output.contains("the certificate was renewed") }
                    }
                }
            }
        }
    }
}
#endif
