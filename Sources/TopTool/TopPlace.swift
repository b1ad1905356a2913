import SignalingClient

/// Where the metrics of a server are.
package struct TopPlace: Equatable, Sendable {
    package static let defaultURL = "http://127.0.0.1:1234/metrics"

    package let url: String
    /// Host and port, as the heading has it.
    package let name: String

    /// `text`: a URL, or a host with or without a port. A host with a port is asked in plain HTTP, as METRICS_ADDRESS speaks no other.
    /// Without a path it is that of METRICS_ROUTE's default. Nil for what is no address.
    package init?(_ text: String?) {
        var text = text ?? Self.defaultURL
        if !text.contains("://") {
            let authority = text.prefix { $0 != "/" }
            let isLocal = ["localhost", "127.", "[::1]"].contains { authority.hasPrefix($0) }
            let hasPort = authority.split(separator: "]", omittingEmptySubsequences: false).last?.contains(":") == true
            text = (isLocal || hasPort ? "http://" : "https://") + text
        }
        guard text.hasPrefix("http"), let address = try? ServerAddress(text) else { return nil }
        self.name = address.authority
        self.url = "\(address.isSecure ? "https" : "http")://\(address.authority)\(address.path.isEmpty ? "/metrics" : address.path)"
    }
}
