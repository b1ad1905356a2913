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
        case granted(hasToken: Bool, subject: UInt64? = nil)
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
        if let shown, shown.matches(self.tokens.token(room, side, subject: shown.subject)) {
            return .granted(hasToken: true, subject: shown.subject)
        }
        return self.rooms == .any ? .granted(hasToken: false) : .refused
    }
}
