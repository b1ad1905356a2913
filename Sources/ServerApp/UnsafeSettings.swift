import NIOCore
import NetworkAddresses
import ServerConfiguration

/// What is fine for development, and hardly where others can reach the server.
enum UnsafeSettings {
    /// A line for each; none if only this machine reaches the server.
    static func warnings(_ settings: ServerSettings, listeningOn address: SocketAddress?) -> [String] {
        guard !Self.isLoopback(address) else { return [] }
        var lines: [String] = []
        if settings.dev {
            lines.append("DEV=true lets every web page use this server: set DEV=false, and CORS_ORIGINS to the pages that may")
        }
        if settings.metricsRoute != nil, settings.metricsAddress == nil {
            lines.append(
                "the metrics are there for everybody: set METRICS_ADDRESS to an address that only you reach, or METRICS_ROUTE to nothing")
        }
        if settings.tlsCertificateFile == nil, !settings.trustedProxies.contains(where: { !$0.network.isLoopback }) {
            lines.append(
                "nothing is encrypted: set TLS_CERT_FILE and TLS_KEY_FILE; or, behind a proxy that ends TLS, HOST to an address that only "
                    + "the proxy reaches, or TRUSTED_PROXIES to its network")
        }
        if settings.rooms == .any {
            lines.append("ROOMS=any lets everybody open rooms that no code was minted for: set ROOMS=minted if all clients send tokens")
        }
        if let url = settings.iceServersURL, !url.isEncrypted, settings.iceServersAuthorization != nil {
            lines.append("ICE_SERVERS_AUTHORIZATION is sent in the clear: use an https:// URL for ICE_SERVERS_URL")
        }
        lines += Self.accessWarnings(settings)
        return lines
    }

    private static func accessWarnings(_ settings: ServerSettings) -> [String] {
        var lines: [String] = []
        if settings.authJWKS != nil, settings.authJWTAudience == nil {
            lines.append("AUTH_JWT_AUDIENCE is not set: a token that was made for another service of the same issuer is good here, too")
        }
        var urls = settings.authWebhookURL.map { [("AUTH_WEBHOOK_URL", $0)] } ?? []
        if case .url(let url) = settings.authJWKS { urls.append(("AUTH_JWKS", url)) }
        for (name, url) in urls where !url.isEncrypted && !(ClientAddress(url.host).map(\.isLoopback) ?? (url.host == "localhost")) {
            lines.append("\(name) is asked without encryption: whoever is on the way can say who may use this server")
        }
        return lines
    }

    private static func isLoopback(_ address: SocketAddress?) -> Bool {
        address?.ipAddress.flatMap { ClientAddress($0) }?.isLoopback ?? false
    }
}
