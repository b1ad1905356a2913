package import MetricsCore
package import SignalingWire
import WebSocketCore

/// `nt_ws_messages_total{type}`: WebSocket messages and control frames that clients sent.
package enum MessageLabel: Int, LabelSet {
    case text, binary, ping, pong, close
    package static let names = ["text", "binary", "ping", "pong", "close"]

    /// Of a message.
    init(_ opcode: Opcode) {
        if case .text = opcode { self = .text } else { self = .binary }
    }
}

/// `nt_signal_messages_total{type}` and `nt_signal_bytes_total{type}`: the frame kinds, and what was no frame at all.
package enum SignalLabel: LabelSet {
    case kind(FrameKind)
    case invalid

    package init?(rawValue: Int) {
        if let kind = UInt8(exactly: rawValue).flatMap(FrameKind.init) {
            self = .kind(kind)
        } else if rawValue == FrameKind.allCases.count {
            self = .invalid
        } else {
            return nil
        }
    }

    package var rawValue: Int {
        switch self {
        case .kind(let kind): Int(kind.rawValue)
        case .invalid: FrameKind.allCases.count
        }
    }

    package static let names = FrameKind.allCases.map(\.name) + ["invalid"]
}

/// `nt_session_established_total{mode}`: how the peers say they are connected.
package enum ModeLabel: Int, LabelSet {
    case unspecified, direct, relay, host, srflx, prflx, other
    package static let names = ["unspecified", "direct", "relay", "host", "srflx", "prflx", "other"]
}

/// `nt_session_failed_total{reason}`.
package enum ReasonLabel: Int, LabelSet {
    case iceFailed, timeout, disconnected, closed, noCandidates, other
    package static let names = ["ice-failed", "timeout", "disconnected", "closed", "no-candidates", "other"]
}

/// `nt_codes_redeemed_total{result}`.
package enum RedeemLabel: Int, LabelSet {
    case ok, gone, malformed, limited, repeated
    package static let names = ["ok", "gone", "malformed", "limited", "repeated"]
}

/// `nt_redeem_waits_total{end}`: what became of redeem requests that waited for their client's next guess.
package enum WaitLabel: Int, LabelSet {
    /// They were looked at.
    case looked
    /// They were refused after all.
    case limited
    /// Their clients left.
    case left
    /// The server ended.
    case draining
    package static let names = ["looked", "limited", "left", "draining"]
}

/// `nt_rate_limited_total{scope}`: what was refused for coming too often.
package enum LimitLabel: Int, LabelSet {
    case http, ws, redeem, telemetry
    package static let names = ["http", "ws", "redeem", "telemetry"]
}

/// `nt_ws_closed_total{code}`: how connections ended. By a code of the server's; by one that clients send besides; without a code (1005);
/// without a close (1006).
package enum CloseNumbers: NumberSet {
    package static let numbers = (CloseCode.allCases.map { Int($0.rawValue) } + [1003, 1005, 1006, 1011]).sorted()
}

package typealias ClosedLabel = NumberLabel<CloseNumbers>
