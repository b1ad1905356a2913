/// Every WebSocket close code this server sends (RFC 6455 section 7.4 and the private range 4000–4999).
package enum CloseCode: UInt16, Sendable, CaseIterable {
    case normal = 1000
    case goingAway = 1001
    case protocolError = 1002
    case invalidPayload = 1007
    case policyViolation = 1008
    case messageTooBig = 1009
    case serverFull = 1013
    case replaced = 4001
    case unresponsive = 4002
    case slowConsumer = 4008

    /// The reason sent after the code; short, ASCII, and the same for every connection, but that 1008 names the side.
    package var reason: String {
        switch self {
        case .normal: ""
        case .goingAway: "going away"
        case .protocolError: "protocol error"
        case .invalidPayload: "not UTF-8"
        case .policyViolation: "side busy"
        case .messageTooBig: "message too big"
        case .serverFull: "server full"
        case .replaced: "replaced"
        case .unresponsive: "unresponsive"
        case .slowConsumer: "slow consumer"
        }
    }
}
