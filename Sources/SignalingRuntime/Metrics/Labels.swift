package import SignalingWire

/// A label's values: a closed set numbered from 0, so that no client can make a series and counting is an array access.
package protocol LabelSet: Sendable, RawRepresentable where RawValue == Int {
    /// By raw value.
    static var names: [String] { get }
}

/// `nt_ws_messages_total{type}`: WebSocket messages and control frames that clients sent.
package enum MessageLabel: Int, LabelSet {
    case text, binary, ping, pong, close
    package static let names = ["text", "binary", "ping", "pong", "close"]
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
    case ok, gone, malformed, limited
    package static let names = ["ok", "gone", "malformed", "limited"]
}

/// `nt_rate_limited_total{scope}`: what was refused for coming too often.
package enum LimitLabel: Int, LabelSet {
    case http, ws, redeem, telemetry
    package static let names = ["http", "ws", "redeem", "telemetry"]
}

/// `nt_http_requests_total{route}`.
package enum RouteLabel: Int, LabelSet {
    case code, redeem, ws, healthz, readyz, metrics, client, demo, other
    package static let names = [
        "/rendezvous/code", "/rendezvous/redeem", "/ws", "/healthz", "/readyz", "/metrics", "client", "demo", "other",
    ]
}

/// A closed set of numbers, with `other` for the rest.
package struct NumberLabel<Numbers: NumberSet>: LabelSet {
    package let rawValue: Int

    package init?(rawValue: Int) {
        guard (0...Numbers.numbers.count).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    package init(_ number: Int) {
        self.rawValue = Numbers.index(of: number) ?? Numbers.numbers.count
    }

    package static var names: [String] { Numbers.numbers.map(String.init) + ["other"] }
}

package protocol NumberSet: Sendable {
    static var numbers: [Int] { get }
    /// Where a number stands among them.
    static func index(of number: Int) -> Int?
}

extension NumberSet {
    package static func index(of number: Int) -> Int? { self.numbers.firstIndex(of: number) }
}

/// `nt_ws_closed_total{code}`: how connections ended. 1005 is a close without a code, 1006 an end without a close.
package enum CloseNumbers: NumberSet {
    package static let numbers = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1013, 4001, 4002, 4008]
}

/// `nt_http_requests_total{status}`: the statuses this server answers with.
package enum StatusNumbers: NumberSet {
    package static let numbers = [101, 200, 204, 304, 400, 403, 404, 405, 408, 410, 413, 415, 426, 429, 431, 501, 503]

    /// For each request there is one: no search.
    package static func index(of number: Int) -> Int? {
        switch number {
        case 101: 0
        case 200: 1
        case 204: 2
        case 304: 3
        case 400: 4
        case 403: 5
        case 404: 6
        case 405: 7
        case 408: 8
        case 410: 9
        case 413: 10
        case 415: 11
        case 426: 12
        case 429: 13
        case 431: 14
        case 501: 15
        case 503: 16
        default: nil
        }
    }
}

package typealias ClosedLabel = NumberLabel<CloseNumbers>
package typealias StatusLabel = NumberLabel<StatusNumbers>

/// Counters by the values of one label.
package struct Counts<Label: LabelSet>: Sendable {
    package private(set) var values = [Int](repeating: 0, count: Label.names.count)

    package init() {}

    package subscript(label: Label) -> Int {
        get { self.values[label.rawValue] }
        set { self.values[label.rawValue] = newValue }
    }

    package mutating func add(_ other: Counts) {
        for index in self.values.indices { self.values[index] += other.values[index] }
    }
}
