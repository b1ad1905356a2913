import NIOCore
import NIOSSL
import ServerConfiguration

/// Turns the two files into a TLS context, or says in one line what is wrong with them.
enum TLSSetup {
    /// Nil if no certificate is configured.
    static func context(_ settings: ServerSettings) throws(StartupError) -> NIOSSLContext? {
        guard let certificateFile = settings.tlsCertificateFile, let keyFile = settings.tlsKeyFile else { return nil }
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
        } catch {
            throw StartupError("TLS_CERT_FILE=\(certificateFile): cannot be read as a PEM certificate chain")
        }
        guard !chain.isEmpty else { throw StartupError("TLS_CERT_FILE=\(certificateFile): holds no PEM certificate") }
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
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw StartupError("TLS_KEY_FILE=\(keyFile): is not the key of the certificate in TLS_CERT_FILE=\(certificateFile)")
        }
    }
}
