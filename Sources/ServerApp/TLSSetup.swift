import NIOCore
import NIOSSL
import ServerConfiguration

/// A certificate with its key, as connections are set up with it.
struct ServerIdentity: Sendable {
    let context: NIOSSLContext
    /// When the certificate ends, in seconds since 1970.
    let notAfter: Int64
}

/// Turns the two files into a TLS context, or says in one line what is wrong with them.
enum TLSSetup {
    /// Nil if no certificate is configured.
    static func identity(_ settings: ServerSettings) throws(StartupError) -> ServerIdentity? {
        guard let certificateFile = settings.tlsCertificateFile, let keyFile = settings.tlsKeyFile else { return nil }
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
        } catch {
            throw StartupError("TLS_CERT_FILE=\(certificateFile): cannot be read as a PEM certificate chain")
        }
        // The server's own comes first.
        guard let certificate = chain.first else { throw StartupError("TLS_CERT_FILE=\(certificateFile): holds no PEM certificate") }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
        } catch {
            throw StartupError("TLS_KEY_FILE=\(keyFile): cannot be read as a PEM private key without a passphrase")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // The server closes a connection when it has waited long enough, or when everything is sent. Many clients do not respond to the end
        // of TLS; they must not delay the server's own end.
        configuration.shutdownTimeout = .milliseconds(500)
        do {
            return ServerIdentity(context: try NIOSSLContext(configuration: configuration), notAfter: Int64(certificate.notValidAfter))
        } catch {
            throw StartupError("TLS_KEY_FILE=\(keyFile): is not the key of the certificate in TLS_CERT_FILE=\(certificateFile)")
        }
    }
}
