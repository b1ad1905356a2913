/// Perfect negotiation, as a machine without clock, network or WebRTC.
///
/// Side A makes the first offer, as in all clients of this server; after that either may. When both have made one, A (the impolite peer)
/// ignores B's, and B's engine rolls back its own. Own offers and the other side's frames are handled one at a time, so that no step finds a
/// state that changes under it.
struct Negotiation: Sendable {
    enum Output: Sendable, Hashable {
        case step(EngineStep)
        case say(PairDescription)
        /// The other side's description counts.
        case applied(PairDescription, frame: JSONValue)
        /// An ICE restart begins.
        case restarting
        /// The engine cannot, or could not.
        case notRestarted(ClientError)
        case startAnswerTimer(Duration)
        case stopAnswerTimer
        /// Something cannot be agreed on.
        case failed(ClientError)
        /// A candidate was not understood.
        case misread(String)
    }

    private enum Turn: Sendable {
        case catchUp
        case offer
        case offerIfStable
        case offerAgain
        case restart
        case renewServers
        case description(PairDescription, hasID: Bool, frame: JSONValue)
        case candidate(JSONValue)
    }

    private enum Signaling: Sendable { case stable, haveLocalOffer }

    /// An offer that has no answer after this time is sent again: offer or answer may be lost. Each further time takes twice as long.
    private static let answerLimit = Duration.seconds(5)
    /// Turns that wait. More than two peers ever have to say at once are ignored.
    static let mostWaiting = 512
    /// Of the other side's candidates, so many are given to the engine for each of its ICE sessions: more than any device has.
    private static let mostCandidates = 1_000
    /// Candidates that come before the first description, which says what they belong to, wait for it.
    private static let mostEarly = 64

    let side: Side
    /// As the session has said.
    var isOpen = false
    var isPeerPresent = false
    var isConnected = false
    /// Before candidates are found anew, fresh servers are asked for.
    var areServersDue = false

    private(set) var local = CandidateTally()
    private(set) var remote = CandidateTally()
    /// Offer and answer were exchanged, as far as this side can know.
    private(set) var hasAgreed = false

    private var signaling = Signaling.stable
    private var turns = Queue<Turn>()
    /// What the engine does now, and what comes behind it in the same turn.
    private var step: EngineStep?
    private var steps: [EngineStep] = []
    /// Whether this side may make offers yet: B may not before A's first.
    private var hasBegun = false
    /// An offer has to be made as soon as the other side is there.
    private var isDue = false
    /// The number of the newest offer, which its answer repeats. An offer that is sent twice gets two answers, and the second may come
    /// after the next offer.
    private var offerID = 0
    private var hasRemote = false
    /// The other side's; nil before its first description.
    private var certificateThere: String?
    /// Of the other side's newest description: its ICE session, and how many of its candidates the engine was given.
    private var username: String?
    private var candidateCount = 0
    private var early: [ICECandidate?] = []
    private var answerLimit = Self.answerLimit

    init(side: Side) { self.side = side }

    /// One of the sides has no candidate at all.
    var isHopeless: Bool { self.local.isEmpty || self.remote.isEmpty }

    var waiting: Int { self.turns.count }

    // MARK: What happens

    /// Both sides are there. If it is not the first time, frames may have been lost with a connection.
    mutating func catchUp() -> [Output] { self.take(.catchUp) }

    mutating func negotiationNeeded() -> [Output] {
        self.isDue = true
        return self.take(.offerIfStable)
    }

    mutating func restart() -> [Output] { [.restarting] + self.take(.restart) }

    /// There are servers to be had, which there were not at first.
    mutating func renewServers() -> [Output] { self.take(.renewServers) }

    mutating func answerTimerEnded() -> [Output] { self.take(.offerAgain) }

    /// `hasID` is false for clients that send answers without an id, or with an id of something else.
    mutating func received(_ description: PairDescription, hasID: Bool, frame: JSONValue) -> [Output] {
        self.take(.description(description, hasID: hasID, frame: frame))
    }

    mutating func receivedCandidate(_ frame: JSONValue) -> [Output] { self.take(.candidate(frame)) }

    /// The frame for a candidate of this side's; nil for one that need not be said.
    mutating func found(_ candidate: ICECandidate?) -> JSONValue? {
        // Some libraries end each generation with an empty candidate; nil, the end of all, comes from every one.
        if candidate?.candidate.isEmpty == true { return nil }
        if let candidate { self.local.note(candidate.candidate) } else { self.local.noteEnd() }
        return ICECandidate.frame(candidate)
    }

    // MARK: Turns

    private mutating func take(_ turn: Turn) -> [Output] {
        guard self.turns.count < Self.mostWaiting else { return [] }
        self.turns.append(turn)
        return self.goOn()
    }

    private mutating func goOn() -> [Output] {
        var output: [Output] = []
        while self.step == nil {
            if !self.steps.isEmpty {
                let step = self.steps.removeFirst()
                self.step = step
                output.append(.step(step))
            } else if let turn = self.turns.popFirst() {
                output += self.begin(turn)
            } else {
                break
            }
        }
        return output
    }

    private mutating func begin(_ turn: Turn) -> [Output] {
        switch turn {
        case .catchUp:
            if self.side == .a { self.hasBegun = true }
            if self.signaling == .stable, self.hasRemote, !self.isConnected { return self.restart() }
            return self.signaling != .stable || !self.hasRemote || self.isDue ? self.offer() : []
        case .offer: return self.offer()
        case .offerIfStable: return self.signaling == .stable ? self.offer() : []
        case .offerAgain:
            self.answerLimit *= 2
            return self.signaling == .haveLocalOffer ? self.offer() : []
        case .restart:
            self.steps = (self.areServersDue ? [.renewServers] : []) + [.restartICE]
            return []
        case .renewServers:
            self.steps = [.renewServers]
            return []
        case .description(let description, let hasID, let frame): return self.describe(description, hasID: hasID, frame: frame)
        case .candidate(let frame): return self.takeCandidate(frame)
        }
    }

    /// Makes an offer. If one has no answer yet, sends that again, with the candidates that were found meanwhile.
    private mutating func offer() -> [Output] {
        guard self.hasBegun, self.isPeerPresent else { return [] }
        if self.signaling == .stable {
            self.isDue = false
            self.offerID += 1
            self.steps = [.makeOffer(id: self.offerID)]
        } else {
            self.steps = [.repeatOffer(id: self.offerID)]
        }
        return []
    }

    /// Applies the other side's description, once it is known to be that of the same connection as before.
    private mutating func describe(_ description: PairDescription, hasID: Bool, frame: JSONValue) -> [Output] {
        switch description.kind {
        case .offer:
            if self.signaling != .stable, self.side == .a { return [] }
        case .answer:
            guard self.signaling == .haveLocalOffer, !hasID || description.id == self.offerID else { return [] }
        }
        let certificate = certificate(in: description.sdp)
        if certificate.isEmpty {
            return [.failed(ClientError(.protocolError, "the other side sent an \(description.kind.rawValue) without a fingerprint"))]
        }
        if let there = self.certificateThere, there != certificate {
            let message = "an \(description.kind.rawValue) came with another certificate: the other side has begun anew"
            return [.failed(ClientError(.peerLeft, message, advice: ClientError.Code.peerLeft.pairingAdvice))]
        }
        self.certificateThere = certificate
        for line in candidateLines(in: description.sdp) { self.remote.note(line) }
        self.steps = [.apply(description, frame: frame)]
        return []
    }

    private mutating func takeCandidate(_ frame: JSONValue) -> [Output] {
        switch CandidateFrame(frame) {
        case .unread(let why):
            self.remote.noteUnread(why)
            return [.misread(why)]
        case .candidate(let candidate):
            if let candidate { self.remote.note(candidate.candidate) } else { self.remote.noteEnd() }
            if self.hasRemote {
                self.add(candidate)
            } else if self.early.count < Self.mostEarly {
                self.early.append(candidate)
            }
            return []
        }
    }

    private mutating func add(_ candidate: ICECandidate?) {
        guard self.candidateCount < Self.mostCandidates else { return }
        self.candidateCount += 1
        self.steps.append(.add(candidate))
    }

    // MARK: What the engine has done

    mutating func finished(_ result: EngineResult) -> [Output] {
        guard let step = self.step else { return [] }
        self.step = nil
        return self.finish(step, result) + self.goOn()
    }

    private mutating func finish(_ step: EngineStep, _ result: EngineResult) -> [Output] {
        switch (step, result) {
        case (.makeOffer(let id), .description(let sdp)):
            self.signaling = .haveLocalOffer
            return self.say(PairDescription(kind: .offer, sdp: sdp, id: id))
        case (.repeatOffer(let id), .description(let sdp)):
            return self.say(PairDescription(kind: .offer, sdp: sdp, id: id))
        case (.makeAnswer(let id), .description(let sdp)):
            self.hasAgreed = true
            let answer = PairDescription(kind: .answer, sdp: sdp, id: id)
            return self.isOpen ? [.say(answer)] : []
        case (.apply(let description, let frame), .done): return self.applied(description, frame)
        case (.apply(let description, _), .failed(let why)):
            self.steps = []
            return [.failed(ClientError(.protocolError, "the other side's \(description.kind.rawValue) cannot be used: \(why)"))]
        case (.restartICE, .done):
            self.isDue = true
            return self.take(.offer)
        case (.restartICE, .failed(let why)):
            // An ordinary offer still makes up for an answer that was lost.
            self.isDue = true
            return [.notRestarted(ClientError(.engineFailed, why, advice: ClientError.Code.engineFailed.pairingAdvice))] + self.take(.offer)
        // One of an earlier ICE generation, or of an offer that was ignored, is refused. It is not needed.
        case (.add, _), (.look, _): return []
        // Without fresh servers the old ones have to do.
        case (.renewServers, _): return []
        case (_, .failed(let why)):
            self.steps = []
            return [.failed(ClientError(.engineFailed, why, advice: ClientError.Code.engineFailed.pairingAdvice))]
        default: return []
        }
    }

    /// Without a connection to the server, nothing is kept for later: the next one brings `paired`, and then the two catch up.
    private func say(_ offer: PairDescription) -> [Output] {
        (self.isOpen ? [.say(offer)] : []) + [.startAnswerTimer(self.answerLimit)]
    }

    private mutating func applied(_ description: PairDescription, _ frame: JSONValue) -> [Output] {
        let username = usernameFragment(in: description.sdp)
        let isRestart = self.username != nil && username != self.username
        if username != self.username { self.candidateCount = 0 }
        self.username = username
        self.hasRemote = true
        self.signaling = .stable
        let early = self.early
        self.early = []
        for candidate in early { self.add(candidate) }
        switch description.kind {
        case .offer:
            self.hasBegun = true
            // The other side restarts ICE, so this one finds its candidates anew too.
            if isRestart, self.areServersDue { self.steps.append(.renewServers) }
            self.steps.append(.makeAnswer(id: description.id))
        case .answer:
            self.answerLimit = Self.answerLimit
            self.hasAgreed = true
        }
        return [.applied(description, frame: frame), .stopAnswerTimer]
    }
}
