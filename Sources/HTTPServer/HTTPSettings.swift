package import NetworkAddresses
import SignalingCore
package import TimeKeeping

package struct HTTPSettings: Sendable {
    /// A request's head and body must each arrive in this time.
    package var readHeaderTimeout: TimeSpan
    /// How long a connection may wait between requests.
    package var idleTimeout: TimeSpan
    /// Where the metrics page is; nil where it is off.
    package var metricsRoute: String?
    package var cors: CORSPolicy
    package var proxies: TrustedProxies
    package var logsFullAddresses: Bool
    package var version: String

    package init(
        readHeaderTimeout: TimeSpan, idleTimeout: TimeSpan, metricsRoute: String?, cors: CORSPolicy, proxies: TrustedProxies,
        logsFullAddresses: Bool, version: String
    ) {
        self.readHeaderTimeout = readHeaderTimeout
        self.idleTimeout = idleTimeout
        self.metricsRoute = metricsRoute
        self.cors = cors
        self.proxies = proxies
        self.logsFullAddresses = logsFullAddresses
        self.version = version
    }

    /// Bytes of a request's body; the longest one the API knows is about 30.
    package static let maxBody = 4096
    /// Bytes of one header field, and of the request target.
    package static let maxHeaderField = 8 * 1024
    /// Bytes of all header fields.
    package static let maxHeaderList = 16 * 1024
    package static let maxHeaderCount = 100
}
