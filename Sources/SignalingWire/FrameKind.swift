/// What a client's frame asks for, read off its `type`. A closed set: it is also the label set of the message metrics.
package enum FrameKind: UInt8, Sendable, CaseIterable {
    case offer, answer, ice, senderReady
    case hello, send, delivered
    case telemetry
    /// A `type` this server does not know.
    case unknown

    /// The spelling on the wire, and the value of the metrics' `type` label (`other` for what a client made up).
    package var name: String {
        switch self {
        case .offer: "offer"
        case .answer: "answer"
        case .ice: "ice"
        case .senderReady: "sender_ready"
        case .hello: "hello"
        case .send: "send"
        case .delivered: "delivered"
        case .telemetry: "telemetry"
        case .unknown: "other"
        }
    }

    /// Offer, answer, ICE and sender_ready go to the other side byte for byte.
    package var isRelayed: Bool {
        switch self {
        case .offer, .answer, .ice, .senderReady: true
        case .hello, .send, .delivered, .telemetry, .unknown: false
        }
    }
}
