import MetricsCore
import NIOConcurrencyHelpers
import SignalingHTTP

/// What the metrics show of reloads.
final class ReloadFigures: Sendable {
    private let figures: NIOLockedValueBox<OperationFigures>

    /// - Parameter certificateEnd: In seconds since 1970; nil without TLS.
    init(certificateEnd: Int64?) { self.figures = NIOLockedValueBox(OperationFigures(certificateEnd: certificateEnd)) }

    var current: OperationFigures { self.figures.withLockedValue { $0 } }

    func count(_ result: ReloadLabel) { self.figures.withLockedValue { $0.reloads[result] += 1 } }

    func serves(certificateUntil end: Int64) { self.figures.withLockedValue { $0.certificateEnd = end } }
}
