/// Makes of the client's events what is news to a person: who comes back is not told as somebody new, and who was never gone not at all.
package struct PairStory: Sendable {
    private var hasPaired = false
    private var peerIsPresent = false
    private var isConnected = false
    private var hasConnected = false
    private var hasSaidThatFramesCame = false
    private var hasSaidThatTheMailboxIsFull = false
    private var inputHasEnded = false
    private let showsFrames: Bool
    /// Whether the end of the input leaves the other side's lines to come.
    private let staysAtEndOfInput: Bool

    package init(showsFrames: Bool, staysAtEndOfInput: Bool) {
        self.showsFrames = showsFrames
        self.staysAtEndOfInput = staysAtEndOfInput
    }

    /// Whether the two have met.
    package var isPaired: Bool { self.hasPaired }

    /// Whether there is nothing more to do: all input is stored, somebody was there to get it, and nobody's lines are waited for.
    package var isOver: Bool { self.inputHasEnded && self.hasPaired && !(self.staysAtEndOfInput && self.peerIsPresent) }

    /// All of the input was stored.
    package mutating func endInput() { self.inputHasEnded = true }

    package mutating func tell(_ event: PairEvent) -> [PairNews] {
        switch event {
        case .minted(let code, let lifetime): return [.code(code, lifetime: lifetime), .waitingForSomebody]
        case .redeemed: return [.redeemed]
        case .connected(let resumed):
            let isFirst = !self.hasConnected
            self.hasConnected = true
            defer { self.isConnected = true }
            if isFirst || self.isConnected { return [] }
            return [.connectedAgain(forgotten: !resumed)]
        case .disconnected(let problem, let delay):
            self.isConnected = false
            return [.disconnected(problem, delay: delay)]
        case .bothPresent:
            if self.peerIsPresent { return [] }
            defer {
                self.hasPaired = true
                self.peerIsPresent = true
            }
            return [self.hasPaired ? .cameBack : .paired]
        case .peerLeft:
            if !self.peerIsPresent { return [] }
            self.peerIsPresent = false
            return [.left]
        case .item(let value): return [.line(value)]
        case .frame(let type, let text):
            if self.showsFrames { return [.frame(type: type, text: text)] }
            if self.hasSaidThatFramesCame { return [] }
            self.hasSaidThatFramesCame = true
            return [.wantsWebRTC]
        case .refused(let problem): return [.refused(problem)]
        case .mailboxIsFull:
            if self.hasSaidThatTheMailboxIsFull { return [] }
            self.hasSaidThatTheMailboxIsFull = true
            return [.mailboxIsFull]
        case .mailboxHasRoom:
            self.hasSaidThatTheMailboxIsFull = false
            return []
        }
    }
}

/// What a person, or a script, is told.
package enum PairNews: Equatable, Sendable {
    case code(String, lifetime: Duration?)
    case waitingForSomebody
    case redeemed
    case paired
    case cameBack
    case left
    case disconnected(PairProblem, delay: Duration)
    case connectedAgain(forgotten: Bool)
    case line(PairValue)
    case frame(type: String, text: String)
    case wantsWebRTC
    case refused(PairProblem)
    case mailboxIsFull
}
