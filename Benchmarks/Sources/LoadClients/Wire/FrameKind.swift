/// What a client's frame asks for, by the names that the server's metrics use.
package enum FrameKind: Int, CaseIterable, Sendable {
    case offer, answer, ice, senderReady
    case hello, send, delivered
    case telemetry
    /// A `type` that the server does not know.
    case other
    /// Something that is no frame at all.
    case invalid

    package var label: String {
        switch self {
        case .offer: "offer"
        case .answer: "answer"
        case .ice: "ice"
        case .senderReady: "sender_ready"
        case .hello: "hello"
        case .send: "send"
        case .delivered: "delivered"
        case .telemetry: "telemetry"
        case .other: "other"
        case .invalid: "invalid"
        }
    }
}
