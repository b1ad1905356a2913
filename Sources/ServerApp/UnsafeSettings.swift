import NIOCore
import NetworkAddresses
import ServerConfiguration
import SetupCore

/// What is fine for development, and hardly where others can reach the server.
enum UnsafeSettings {
    /// What the start warns of; of what others could do, nothing if only this machine reaches the server.
    static func findings(_ settings: ServerSettings, listeningOn address: SocketAddress?) -> [Finding] {
        let page = Self.pageCutOff(settings).map { [$0] } ?? []
        return page + (Self.isLoopback(address) ? [] : Self.openToOthers(settings) + Self.accessFindings(settings))
    }

    private static func warning(_ code: FindingCode, _ variable: String, _ what: String, _ advice: String) -> Finding {
        Finding(.warning, code, variable, what, advice, joint: ": ")
    }

    /// The page's own origin is allowed without being listed, but not by a name that somebody else could have pointed here.
    private static func pageCutOff(_ settings: ServerSettings) -> Finding? {
        guard settings.demo, !settings.dev, settings.corsOrigins.isEmpty, settings.allowedHosts.isEmpty else { return nil }
        return Self.warning(
            .pageCutOff, "DEMO",
            "with DEMO=true and DEV=false the page at / works at addresses and localhost alone, as no other host is known to be this server's",
            "set ALLOWED_HOSTS to the names it is reached by, or DEMO=false")
    }

    private static func openToOthers(_ settings: ServerSettings) -> [Finding] {
        var findings: [Finding] = []
        if settings.dev {
            findings.append(
                Self.warning(
                    .devPublic, "DEV", "DEV=true lets every web page use this server",
                    "set DEV=false, and CORS_ORIGINS to the pages that may"))
        }
        if settings.metricsRoute != nil, settings.metricsAddress == nil {
            findings.append(
                Self.warning(
                    .metricsPublic, "METRICS_ADDRESS", "the metrics are there for everybody",
                    "set METRICS_ADDRESS to an address that only you reach, or METRICS_ROUTE to nothing"))
        }
        if settings.tlsCertificateFile == nil, !settings.trustedProxies.contains(where: { !$0.network.isLoopback }) {
            findings.append(
                Self.warning(
                    .unencrypted, "TLS_CERT_FILE", "nothing is encrypted",
                    "set TLS_CERT_FILE and TLS_KEY_FILE; or, behind a proxy that ends TLS, HOST to an address that only the proxy "
                        + "reaches, or TRUSTED_PROXIES to its network"))
        }
        if settings.rooms == .any {
            findings.append(
                Self.warning(
                    .roomsAny, "ROOMS", "ROOMS=any lets everybody open rooms that no code was minted for",
                    "set ROOMS=minted if all clients send tokens"))
        }
        if let everybody = settings.trustedProxies.first(where: { $0.prefixLength == 0 }) {
            findings.append(
                Self.warning(
                    .proxiesEverybody, "TRUSTED_PROXIES", "TRUSTED_PROXIES has \(everybody.text), so that every client may say whose it is",
                    "name the networks of your proxies alone"))
        }
        if let url = settings.iceServersURL, !url.isEncrypted, settings.iceServersAuthorization != nil {
            findings.append(
                Self.warning(
                    .credentialsInClear, "ICE_SERVERS_URL", "ICE_SERVERS_AUTHORIZATION is sent in the clear",
                    "use an https:// URL for ICE_SERVERS_URL"))
        }
        return findings
    }

    private static func accessFindings(_ settings: ServerSettings) -> [Finding] {
        var findings: [Finding] = []
        if settings.authJWKS != nil, settings.authJWTAudience == nil {
            findings.append(
                Self.warning(
                    .tokensOfOthers, "AUTH_JWT_AUDIENCE",
                    "AUTH_JWT_AUDIENCE is not set: a token that was made for another service of the same issuer is good here, too",
                    "set it to what tokens for this one have as aud"))
        }
        var urls = settings.authWebhookURL.map { [("AUTH_WEBHOOK_URL", $0)] } ?? []
        if case .url(let url) = settings.authJWKS { urls.append(("AUTH_JWKS", url)) }
        for (name, url) in urls where !url.isEncrypted && !(ClientAddress(url.host).map(\.isLoopback) ?? (url.host == "localhost")) {
            findings.append(
                Self.warning(
                    .credentialsInClear, name,
                    "\(name) is asked without encryption: whoever is on the way can say who may use this server",
                    "use an https:// URL"))
        }
        return findings
    }

    private static func isLoopback(_ address: SocketAddress?) -> Bool {
        address?.ipAddress.flatMap { ClientAddress($0) }?.isLoopback ?? false
    }
}
