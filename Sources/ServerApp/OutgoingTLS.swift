import ByteStreams
import ChannelTransport
import NIOSSL
import NetworkAddresses
import ServerConfiguration

/// TLS to the engine and to other nodes, or in one line what is wrong with it.
struct OutgoingTLS: Sendable {
    private let context: NIOSSLContext

    init(_ settings: ServerSettings) throws(StartupError) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        do {
            if let path = settings.tlsCAFile { configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path)) }
        } catch {
            throw StartupError(unusable: settings.tlsCAFile ?? "", of: "TLS_CA_FILE", "must be a file of PEM certificates that can be read")
        }
        do {
            self.context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw StartupError("TLS to other servers cannot be set up: \(error)")
        }
    }

    /// The certificate has to be for this host.
    func client(of host: String) throws -> any ClientTLS {
        // An address in numbers is no server name, and is compared as one.
        ChannelTLS(self.context, serverName: ClientAddress(host) == nil ? host : nil)
    }
}
