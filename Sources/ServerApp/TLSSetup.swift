import NIOCore
import NIOSSL
import ServerConfiguration
import SetupCore

/// A certificate with its key, as connections are set up with it.
struct ServerIdentity: Sendable {
    let context: NIOSSLContext
    /// When the certificate ends, in seconds since 1970.
    let notAfter: Int64
}

/// Turns the two files into a TLS context, or says what is wrong with them.
enum TLSSetup {
    /// Nil if no certificate is configured.
    static func identity(_ settings: ServerSettings) throws(StartupError) -> ServerIdentity? {
        guard let files = TLSFiles(settings) else { return nil }
        // One fault is enough to end with, and `check` has them all. The server's own certificate comes first.
        guard let context = files.context, let certificate = files.facts.chain?.first else {
            throw StartupError(Array(files.facts.faults.prefix(1)))
        }
        return ServerIdentity(context: context, notAfter: certificate.notAfter)
    }
}

/// The two files as they were read, for the start and for `check`.
struct TLSFiles {
    private(set) var facts: TLSFacts
    /// Nil exactly where there are faults.
    private(set) var context: NIOSSLContext?

    private static let longestFile = 1 << 20
    /// Certificates of a file that a key is compared with; a chain has three or four.
    private static let mostCompared = 16

    /// Nil if no certificate is configured.
    init?(_ settings: ServerSettings) {
        guard let certificatePath = settings.tlsCertificateFile, let keyPath = settings.tlsKeyFile else { return nil }
        let (certificateFile, certificateBytes) = Self.read("TLS_CERT_FILE", certificatePath)
        let (keyFile, keyBytes) = Self.read("TLS_KEY_FILE", keyPath)
        self.facts = TLSFacts(certificate: certificateFile, key: keyFile)
        let chain = certificateBytes.flatMap { try? NIOSSLCertificate.fromPEMBytes($0) } ?? []
        let described = chain.compactMap(Self.described)
        if described.count == chain.count, !chain.isEmpty { self.facts.chain = described }
        guard let keyBytes, let key = try? NIOSSLPrivateKey(bytes: keyBytes, format: .pem) else { return }
        self.facts.isKeyRead = true
        guard self.facts.chain != nil else { return }
        self.context = try? Self.context(chain, key)
        self.facts.keyBelongsTo =
            self.context != nil
            ? 0 : chain.prefix(Self.mostCompared).indices.dropFirst().first { (try? Self.context([chain[$0]], key)) != nil }
    }

    private static func read(_ variable: String, _ path: String) -> (PEMFile, [UInt8]?) {
        do {
            let bytes = try FileContents.read(path, atMost: Self.longestFile)
            return (PEMFile(variable: variable, path: path, contents: .text(PEMText(bytes))), bytes)
        } catch {
            let contents = PEMFile.Contents.unreadable(error.reason, isMissing: error.isMissing)
            return (PEMFile(variable: variable, path: path, contents: contents), nil)
        }
    }

    private static func described(_ certificate: NIOSSLCertificate) -> CertificateFacts? {
        guard let der = try? certificate.toDERBytes() else { return nil }
        return CertificateFacts(
            der: der, notBefore: Int64(certificate.notValidBefore), notAfter: Int64(certificate.notValidAfter))
    }

    private static func context(_ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // The server closes a connection when it has waited long enough, or when everything is sent. Many clients do not respond to the end
        // of TLS; they must not delay the server's own end.
        configuration.shutdownTimeout = .milliseconds(500)
        return try NIOSSLContext(configuration: configuration)
    }
}
