package import MetricsCore

/// What the metrics show of the server's own operation.
package struct OperationFigures: Sendable {
    package var reloads = Counts<ReloadLabel>()
    /// When the certificate ends that is served, in seconds since 1970; nil without TLS.
    package var certificateEnd: Int64?

    package init(certificateEnd: Int64? = nil) { self.certificateEnd = certificateEnd }
}

/// `nt_reloads_total{result}`.
package enum ReloadLabel: Int, LabelSet {
    case ok, failed
    package static let names = ["ok", "failed"]
}
