/// What happens to a pairing, as the client tells it.
package enum PairEvent: Equatable, Sendable {
    case minted(code: String, lifetime: Duration?)
    case redeemed
    /// Connected to the room. `resumed` is false if the server has forgotten what was in its mailboxes.
    case connected(resumed: Bool)
    /// Not connected, and the client tries again after `delay`.
    case disconnected(PairProblem, delay: Duration)
    case bothPresent
    case peerLeft
    case item(PairValue)
    /// A relayed frame, as it came.
    case frame(type: String, text: String)
    /// Something that this side sent was refused, or was too long to be sent; the pairing goes on.
    case refused(PairProblem)
    /// The other side's mailbox is full; what is to be sent waits.
    case mailboxIsFull
    case mailboxHasRoom
}

/// What went wrong, for programs and for people.
package struct PairProblem: Error, Equatable, Sendable {
    package let code: String
    package let message: String
    package let advice: String?
    package let retryAfter: Duration?

    package init(code: String, message: String, advice: String? = nil, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.advice = advice
        self.retryAfter = retryAfter
    }
}
