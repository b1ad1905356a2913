/// One of the two places in a room.
package enum Side: UInt8, Sendable, CaseIterable {
    case a = 0
    case b = 1

    /// The place across the room.
    package var other: Side { self == .a ? .b : .a }

    /// "A" or "B", as in the `side` parameter of an upgrade request.
    package var name: String { self == .a ? "A" : "B" }

    /// Exact upper-case letter, as the upgrade request spells it.
    package init?(parameter: some StringProtocol) {
        switch parameter {
        case "A": self = .a
        case "B": self = .b
        default: return nil
        }
    }
}
