/// One of the two sides of a room.
package enum Side: UInt8, Sendable, CaseIterable {
    case a = 0
    case b = 1

    /// The opposite side.
    package var other: Side { self == .a ? .b : .a }

    /// "A" or "B", as in the `side` parameter of an upgrade request.
    package var name: String { self == .a ? "A" : "B" }

    /// Reads the upper-case letter of an upgrade request.
    package init?(parameter: some StringProtocol) {
        switch parameter {
        case "A": self = .a
        case "B": self = .b
        default: return nil
        }
    }
}
