/// What a pairing asks of its engine, one at a time.
enum EngineStep: Sendable, Hashable {
    case makeOffer(id: Int)
    /// The newest offer, once more.
    case repeatOffer(id: Int)
    case makeAnswer(id: Int)
    /// `frame` is what it came in.
    case apply(PairDescription, frame: JSONValue)
    case add(ICECandidate?)
    case restartICE
    /// Fresh servers, for the candidates that are found next.
    case renewServers
    case look(Look)

    /// Why it is to say what it knows.
    enum Look: Sendable, Hashable {
        case early
        case success
        case failure(reason: String)
    }
}

enum EngineResult: Sendable {
    case done
    case description(String)
    case statistics(PeerStatistics)
    /// Fresh servers are set, and good for so long, or for ever.
    case renewed(expireIn: Duration?)
    /// The old ones stay; there are fresh ones after this time, if it is known.
    case notRenewed(retryAfter: Duration?)
    case failed(String)
}
