package import NetworkAddresses
package import TimeKeeping

package struct HTTPSettings: Sendable {
    /// Time in which a request's head must arrive, and then its body.
    package var readHeaderTimeout: TimeSpan
    /// How long a connection may wait between requests.
    package var idleTimeout: TimeSpan
    package var cors: CORSPolicy
    package var hosts: HostPolicy
    /// Whether the connections are TLS.
    package var isSecure: Bool
    /// The value of Strict-Transport-Security; nil to say nothing.
    package var strictTransport: String?
    package var proxies: TrustedProxies
    package var logsFullAddresses: Bool

    package init(
        readHeaderTimeout: TimeSpan, idleTimeout: TimeSpan, cors: CORSPolicy, hosts: HostPolicy = HostPolicy(), isSecure: Bool = false,
        strictTransport: String? = nil, proxies: TrustedProxies, logsFullAddresses: Bool
    ) {
        self.readHeaderTimeout = readHeaderTimeout
        self.idleTimeout = idleTimeout
        self.cors = cors
        self.hosts = hosts
        self.isSecure = isSecure
        self.strictTransport = strictTransport
        self.proxies = proxies
        self.logsFullAddresses = logsFullAddresses
    }

    /// Bytes of a request's body; requests here are short.
    package static let maxBody = 4096
    /// Bytes of one header field, and of the request target.
    package static let maxHeaderField = 8 * 1024
    /// Bytes of all header fields.
    package static let maxHeaderList = 16 * 1024
    package static let maxHeaderCount = 100
    /// Bytes that are kept behind a request whose response comes later.
    package static let maxUnread = 64 * 1024
}
