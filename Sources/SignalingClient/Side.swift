/// One of the two places of a room.
public enum Side: String, Sendable, Hashable, Codable, CaseIterable {
    case a = "A"
    case b = "B"

    public var other: Side { self == .a ? .b : .a }
}
