/// How what came broke RFC 6455, as the log says it. Browsers make none of these mistakes: something in between does.
package enum WebSocketViolation: String, Sendable {
    case reservedBits = "reserved bits without an extension"
    case opcode = "unknown opcode"
    case unmasked = "frame without a mask"
    case control = "control frame that is fragmented or too long"
    case continuation = "fragments out of order"
    case length = "length not in its shortest form"
    case closePayload = "malformed close frame"
    case notUTF8 = "text that is not UTF-8"
    case tooBig = "message longer than WS_MAX_MSG"

    package var code: CloseCode {
        switch self {
        case .reservedBits, .opcode, .unmasked, .control, .continuation, .length, .closePayload: .protocolError
        case .notUTF8: .invalidPayload
        case .tooBig: .messageTooBig
        }
    }
}
