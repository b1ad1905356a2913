package import MetricsCore
package import SignalingCore
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

extension ModeLabel {
    init(_ mode: Telemetry.Mode) {
        switch mode {
        case .unspecified: self = .unspecified
        case .direct: self = .direct
        case .relay: self = .relay
        case .host: self = .host
        case .srflx: self = .srflx
        case .prflx: self = .prflx
        case .other: self = .other
        }
    }
}

/// `nt_session_failed_total{reason}`.
package enum ReasonLabel: Int, LabelSet {
    case iceFailed, timeout, disconnected, closed, noCandidates, other
    package static let names = ["ice-failed", "timeout", "disconnected", "closed", "no-candidates", "other"]
}

extension ReasonLabel {
    /// Words that came later count as `other`: what a pairing failed by is in `nt_pairings_total`.
    init(_ reason: Telemetry.Reason) {
        switch reason {
        case .iceFailed: self = .iceFailed
        case .timeout: self = .timeout
        case .disconnected: self = .disconnected
        case .closed: self = .closed
        case .noCandidates: self = .noCandidates
        case .verificationFailed, .dtlsFailed, .peerLeft, .signalingLost, .other: self = .other
        }
    }
}

/// `nt_pairings_total{outcome,route,cause}`: each outcome that a pairing can have.
package struct PairingLabel: LabelSet {
    package let rawValue: Int

    private static let all: [PairingOutcome] =
        Route.allCases.map { .connected($0) } + Diagnosis.Cause.allCases.map { .failed($0) } + [.unreported]

    package init?(rawValue: Int) {
        guard Self.all.indices.contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    package init(_ outcome: PairingOutcome) {
        self.rawValue =
            switch outcome {
            case .connected(let route): route.rawValue
            case .failed(let cause): Route.allCases.count + Int(cause.rawValue)
            case .unreported: Self.all.count - 1
            }
    }

    /// Three labels each; one that an outcome has no value for is `none`.
    package static let names = Self.all.map { outcome in
        #"outcome="\#(outcome.name)",route="\#(outcome.route?.name ?? "none")",cause="\#(outcome.cause?.name ?? "none")""#
    }
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

/// `nt_access_total{result}`: what was said to those who were asked who they are.
package enum AccessLabel: Int, LabelSet {
    case admitted, unauthorized, forbidden, limited, unavailable
    package static let names = ["admitted", "unauthorized", "forbidden", "limited", "unavailable"]
}

/// `nt_rate_limited_total{scope}`: what was refused for coming too often.
package enum LimitLabel: Int, LabelSet {
    case http, ws, redeem, telemetry, ice
    package static let names = ["http", "ws", "redeem", "telemetry", "ice"]
}

/// `nt_ice_credentials_total{request}`: the requests whose responses had credentials for ICE servers in them.
package enum ICERequestLabel: Int, LabelSet {
    case mint, redeem, ice
    package static let names = ["mint", "redeem", "ice"]
}

/// `nt_ws_closed_total{code}`: how connections ended. By a code of the server's; by one that clients send besides; without a code (1005);
/// without a close (1006).
package enum CloseNumbers: NumberSet {
    package static let numbers = (CloseCode.allCases.map { Int($0.rawValue) } + [1003, 1005, 1006, 1011]).sorted()
}

package typealias ClosedLabel = NumberLabel<CloseNumbers>
