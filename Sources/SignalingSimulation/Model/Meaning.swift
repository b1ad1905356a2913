import NIOCore
import SignalingWire
import WebSocketCore

/// What the contract says the server makes of a frame that a client sent.
enum Meaning {
    case relay(FrameKind, ByteBuffer, Opcode)
    case hello(UInt64, mailbox: NamedMailbox = .unnamed)
    case send(Side, ByteBuffer, ref: UInt64? = nil)
    case acknowledge(UInt64)
    case telemetry(PairingModel.Report)
    /// An `error` frame comes back.
    case refused(ErrorCode, ref: UInt64? = nil)
    /// Telemetry that says nothing: it counts against the allowance first.
    case refusedTelemetry
    /// A pong with the same payload comes back.
    case ping(ByteBuffer)
    /// A pong, or a part of a message that is not whole yet.
    case nothing
    case close
    /// The connection is closed for it.
    case violation(CloseCode)

    /// Whether it is a whole message, and no control frame.
    var isMessage: Bool {
        switch self {
        case .relay, .hello, .send, .acknowledge, .telemetry, .refused, .refusedTelemetry: true
        case .ping, .nothing, .close, .violation: false
        }
    }
}

/// What the server says to a connection alone, in the order of the frames that it responds to.
enum Response: Equatable {
    case error(ErrorCode, ref: UInt64? = nil)
    case mailbox(deliveredUpTo: UInt64)
    case accepted(UInt64)
}

/// What a client has yet to receive of its room, in this order.
enum Expected: Equatable {
    case roomFull
    case peerLeft
    case relay(ByteBuffer, Opcode)
    case diagnosis(PairingModel.Diagnosis)

    var isPresence: Bool { self == .roomFull || self == .peerLeft }
    var isDiagnosis: Bool { if case .diagnosis = self { true } else { false } }
}
