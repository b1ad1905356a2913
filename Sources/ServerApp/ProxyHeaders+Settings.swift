import ByteStreams
import Logging
import NetworkAddresses
import ServerConfiguration

extension ProxyHeaders {
    /// Nil where connections begin with their own bytes.
    init?(_ settings: ServerSettings, _ logger: Logger) {
        guard settings.proxyProtocol else { return nil }
        let full = settings.logClientAddresses == .full
        self.init(trusted: TrustedProxies(blocks: settings.trustedProxies)) { fault, peer in
            logger.info("connection refused", metadata: ["reason": "\(fault.rawValue)", "peer": "\(peer.logText(full: full))"])
        }
    }

    /// What a connection from this machine begins with, which speaks for itself.
    static let own = "PROXY UNKNOWN\r\n"
}
