import LoadClients
import NIOCore
import ServerUnderTest

/// Asking the server for its metrics, over one connection that stays open for the whole run.
extension Soak {
    func readMetrics() async throws -> MetricsText {
        if self.metricsConnection?.isOpen != true {
            let connection = HTTPConnection(loop: self.loop)
            try await connection.open(self.address)
            self.metricsConnection = connection
        }
        guard let connection = self.metricsConnection else { throw LoadFailure.ended("no connection for metrics") }
        let response = try await connection.ask(HTTPRequest("GET", "/metrics"))
        guard response.status == 200 else { throw LoadFailure.unexpected("metrics: \(response.status)") }
        self.pagesRead += 1
        return MetricsText(response.body)
    }

    /// The accounts since `before`, as they stand. Called when nobody is connected.
    func sheet(before: MetricsText, pagesBefore: Int) async throws -> AccountSheet {
        // A page does not count itself.
        let pages = self.pagesRead - pagesBefore
        let after = try await self.readMetrics()
        return AccountSheet(self.ledger, before: before, after: after, pages: pages)
    }

    struct Status: Sendable {
        var finished: [String: Int]
        var underWay: Int
        var skipped: Int
        var connections: Int
        var framesReceived: Int
        var lost: Int
        var duplicated: Int
        var strange: Int
        var violationCount: Int
        var violations: [String]
        var excused: [String]
        var recent: LatencyHistogram
        var latency: LatencyHistogram
        var worstLag: UInt64
    }

    func status() -> Status {
        let recent = self.latency.takeRecent()
        return Status(
            finished: self.finished, underWay: self.underWay, skipped: self.skipped,
            connections: self.ledger.connections.sure, framesReceived: self.ledger.framesReceived,
            lost: self.ledger.lost, duplicated: self.ledger.duplicated, strange: self.ledger.strange,
            violationCount: self.ledger.violationCount, violations: self.ledger.violations, excused: self.ledger.excused,
            recent: recent, latency: self.latency.all, worstLag: self.lag.worst)
    }
}
