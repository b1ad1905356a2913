/// What a client's frame asks for, according to its `type`. A closed set: it is also the label set of the message metrics.
package enum FrameKind: UInt8, Sendable, CaseIterable {
    case offer, answer, ice, senderReady
    case hello, send, delivered
    case telemetry
    /// A `type` this server does not know.
    case unknown

    /// A kind's row: its spelling on the wire, and whether it is relayed byte for byte.
    private var row: (word: Word, isRelayed: Bool) {
        @inline(__always) get {
            switch self {
            case .offer: ("offer", isRelayed: true)
            case .answer: ("answer", isRelayed: true)
            case .ice: ("ice", isRelayed: true)
            case .senderReady: ("sender_ready", isRelayed: true)
            case .hello: ("hello", isRelayed: false)
            case .send: ("send", isRelayed: false)
            case .delivered: ("delivered", isRelayed: false)
            case .telemetry: ("telemetry", isRelayed: false)
            case .unknown: ("other", isRelayed: false)
            }
        }
    }

    /// The kind with this spelling, in lower case.
    @inline(__always)
    init?(_ word: Word) {
        // The compiler knows all of this, and turns it into comparisons with constants.
        for number in 0...Self.unknown.rawValue {
            guard let kind = Self(rawValue: number), kind.row.word == word else { continue }
            self = kind
            return
        }
        return nil
    }

    /// The spelling on the wire, and the value of the metrics' `type` label (`other` for an unknown type).
    package var name: String { self.row.word.text }

    package var isRelayed: Bool { self.row.isRelayed }
}
