/// One WebSocket connection of this process; never used again after it ended.
@usableFromInline package struct ConnectionID: Hashable, Sendable {
    @usableFromInline package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// Written out to be inlinable: rooms compare ids for every batch of frames.
    @inlinable package static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }
}
