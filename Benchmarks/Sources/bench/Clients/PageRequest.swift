import RawLoad
import ServerUnderTest

/// A page of the server's, over a connection of its own.
final class PageRequest: RawClient {
    private var page: String?
    private var failure: String?

    private static let patience = 10.0

    /// What the server's metrics say now. The loop has no client afterwards.
    static func metrics(_ loop: RawLoop) throws -> MetricsText {
        let client = PageRequest()
        loop.client = client
        defer { loop.client = nil }
        guard case .connection(let connection) = try loop.dial(.http, owner: 0) else { throw RawFailure.gaveUp("/metrics: refused") }
        defer { loop.close(connection) }
        loop.send(Array("GET /metrics HTTP/1.1\r\nHost: \(loop.server)\r\n\r\n".utf8), on: connection)
        try loop.run(seconds: self.patience) { client.page != nil || client.failure != nil }
        guard let page = client.page else { throw RawFailure.gaveUp("/metrics: \(client.failure ?? "no response")") }
        return MetricsText(page)
    }

    func answered(_ connection: RawConnection, status: Int, body: UnsafeRawBufferPointer) {
        if status == 200 { self.page = String(decoding: body, as: UTF8.self) } else { self.failure = "HTTP \(status)" }
    }

    func ended(_ connection: RawConnection, _ end: RawConnection.End) { self.failure = self.failure ?? "\(end)" }
}
