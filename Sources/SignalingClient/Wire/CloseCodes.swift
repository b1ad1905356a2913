/// The close codes of the server.
package enum CloseCodes {
    package struct Row: Sendable {
        package var code: UInt16
        package var reason: String
        /// What a session reports.
        package var error: ClientError.Code
        var retryAfter: Duration? = nil
    }

    package static let rows = [
        // The server only repeats a client's own 1000: here, something between the two has closed the connection.
        Row(code: 1000, reason: "", error: .serverUnreachable),
        Row(code: 1001, reason: "going away", error: .serverDraining),
        Row(code: 1002, reason: "protocol error", error: .protocolError),
        Row(code: 1007, reason: "not UTF-8", error: .protocolError),
        Row(code: 1008, reason: "side busy", error: .sideBusy),
        Row(code: 1009, reason: "message too big", error: .messageTooBig),
        Row(code: 1013, reason: "server full", error: .serverFull, retryAfter: .seconds(10)),
        Row(code: 4001, reason: "replaced", error: .replaced),
        Row(code: 4002, reason: "unresponsive", error: .unresponsive),
        Row(code: 4008, reason: "slow consumer", error: .slowConsumer),
    ]

    /// By the end of their reasons, other errors that the server closes a connection for with 1008.
    private static let policies: [(end: String, error: ClientError.Code)] = [
        ("message took too long", .messageTooSlow),
        ("too many refused frames", .tooManyRefusals),
    ]

    package static let errorCodes = [
        "invalid_json", "missing_type", "unknown_type", "invalid_field", "peer_absent", "mailbox_full", "rate_limited",
    ]

    /// A code that the server does not send comes from something in between, or stands for no close frame at all (1006).
    package static func error(code: UInt16, reason: String) -> ClientError {
        let row = Self.rows.first { $0.code == code }
        let policy = code == 1008 ? Self.policies.first { reason.hasSuffix($0.end) }?.error : nil
        let words = "the connection was closed: \(code)\(reason.isEmpty ? "" : " ")\(reason)"
        return ClientError(policy ?? row?.error ?? .serverUnreachable, words, retryAfter: row?.retryAfter)
    }
}
