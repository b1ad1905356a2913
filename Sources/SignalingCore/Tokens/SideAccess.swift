package import SignalingWire

/// Whether a client may ask for a side, by what it shows as the side's token.
package struct SideAccess: Sendable {
    /// Which rooms may be opened.
    package enum Rooms: Sendable, Equatable {
        case any
        /// Those of codes, which have tokens.
        case minted
    }

    package enum Verdict: Sendable, Equatable {
        case granted(hasToken: Bool)
        /// It has to show the token, and does not.
        case refused
    }

    package let tokens: SideTokens
    private let rooms: Rooms

    package init(tokens: SideTokens, rooms: Rooms) {
        self.tokens = tokens
        self.rooms = rooms
    }

    /// `shown` is nil for nothing, or for what no token is written like. A token that is not the side's counts as none: a server that was
    /// started anew may have another key, and its clients come back with what they have.
    package func verdict(on shown: SideToken?, room: RoomID, side: Side) -> Verdict {
        let hasToken = shown.map { $0.matches(self.tokens.token(room, side)) } ?? false
        return hasToken || self.rooms == .any ? .granted(hasToken: hasToken) : .refused
    }
}
