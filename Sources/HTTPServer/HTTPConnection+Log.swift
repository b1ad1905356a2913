import ByteStreams
import Logging
import NetworkAddresses
import TimeKeeping

/// What the log says of requests.
extension HTTPConnection {
    /// Bytes of a field that a refusal's line quotes: a host has 253, and a scheme and a port go with it.
    private static let longestQuote = 300

    /// Refusals are logged by default, other requests only at debug.
    func log(_ request: HTTPRequest, _ label: Int, _ status: HTTPStatus, reason: String?, _ duration: TimeSpan) {
        guard status.code >= 400 else {
            return self.services.logger.debug("request", metadata: self.line(of: request, label, status, duration))
        }
        guard self.services.logger.logLevel <= .info else { return }
        var metadata = self.line(of: request, label, status, duration)
        metadata["reason"] = reason.map { "\($0)" }
        let head = request.head
        if head.origin.count > 0 { metadata["origin"] = self.quoted(head, head.origin.value) }
        if status == .misdirectedRequest, head.host.count > 0 { metadata["host"] = self.quoted(head, head.host.value) }
        if request.isByProxy { metadata["via"] = "proxy" }
        self.services.logger.info("request", metadata: metadata)
    }

    private func line(of request: HTTPRequest, _ label: Int, _ status: HTTPStatus, _ duration: TimeSpan) -> Logger.Metadata {
        [
            "method": "\(request.head.text(request.head.methodName))", "route": "\(self.services.routes.labels[label])",
            "status": .stringConvertible(status.code), "duration_ms": .stringConvertible(duration.milliseconds),
            "client": "\(request.client.logText(full: self.services.settings.logsFullAddresses))",
        ]
    }

    private func quoted(_ head: RequestHead, _ value: Range<Int>) -> Logger.MetadataValue {
        let text = head.text(value.prefix(Self.longestQuote))
        return value.count > Self.longestQuote ? "\(text)…" : "\(text)"
    }

    /// What came is no request, or its head did not arrive in time.
    func logUnreadable(_ problem: Problem) {
        self.logUnreadable(reason: problem.detail, ["status": .stringConvertible(problem.status.code)])
    }

    /// The stream has failed.
    func logFailure(_ error: any Error) {
        guard let error = error as? NotTLS else {
            return self.services.logger.debug("connection failed", metadata: ["error": "\(error)"])
        }
        self.logUnreadable(reason: error.rawValue, [:])
    }

    private func logUnreadable(reason: String, _ further: Logger.Metadata) {
        let own: Logger.Metadata = [
            "reason": "\(reason)", "client": "\(self.peer.logText(full: self.services.settings.logsFullAddresses))",
        ]
        self.services.logger.info("unreadable request", metadata: further.merging(own) { $1 })
    }
}
