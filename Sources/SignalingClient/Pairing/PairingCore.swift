/// A pairing of two peers, as a machine without clock, network or WebRTC: events go in with the time at which they happen, actions come out.
struct PairingCore: Sendable {
    enum Action: Sendable, Hashable {
        case signal(JSONValue)
        case telemetry(event: String, detail: JSONValue)
        /// One at a time: the next comes when ``stepEnded(_:now:)`` was called.
        case step(EngineStep)
        case tell(PairingEvent)
        /// The channel is open, and whoever is at its other end has proved what it had to.
        case connected
        case ended(ClientError?)
    }

    enum State: Sendable, Hashable { case connecting, connected, interrupted, closed }

    enum Timer: Sendable, Hashable, CaseIterable {
        case patience, connect, look, gone, restart, restore, answer, ask, unverified, verdict, secondReport, step, servers
    }

    /// A side that leaves before the two are connected may be back soon.
    private static let returnGrace = Duration.seconds(5)
    /// ICE recovers from short gaps by itself.
    private static let disconnectedGrace = Duration.seconds(3)
    /// B restarts ICE this much later than A, so that usually only A does.
    private static let politeDelay = Duration.seconds(2)
    private static let restartGap = Duration.seconds(1)
    /// When the link is interrupted and the other side has left the server too, it is unlikely to come back.
    private static let goneGrace = Duration.seconds(15)
    /// While the two try to connect, the checks are looked at this often.
    private static let lookInterval = Duration.seconds(1)
    /// Who gives up waits this long for the server's diagnosis.
    private static let diagnosisLimit = Duration.seconds(1)
    /// A diagnosis may change when the other side's report has come too, which takes about a round trip.
    private static let secondReport = Duration.milliseconds(300)
    /// No library takes so long for one thing.
    private static let stepLimit = Duration.seconds(30)
    /// Causes that say of a side that is away no more than that. It may be back soon.
    private static let departures: Set<String> = ["peer_left", "signaling_lost"]

    let side: Side
    private let limits: PairingLimits
    private(set) var state = State.connecting
    private(set) var proof: PeerProof
    private var negotiation: Negotiation
    private var servers: ICEServerLife
    private var report = ICEReport()
    private var timers: [Timer: Duration] = [:]
    private var actions: [Action] = []
    private var now = Duration.zero

    private var stepsWaiting = Queue<EngineStep>()
    private var step: EngineStep?
    private var isLookDue = false
    private var restartedAt: Duration?
    /// How often ICE has failed before the two were connected.
    private var failures = 0
    /// Somebody with another certificate has taken part since the two were connected.
    private var isReplacedThere = false
    /// Success was reported to the server; a report is due when the link is back.
    private var hasReported = false
    private var isReportDue = false

    // How an attempt that comes to nothing ends: both sides are told why.

    /// Why this side has given up.
    private var reason: String?
    /// The server's newest one.
    private var diagnosis: Diagnosis?
    /// The other side has given up.
    private var isGivenUpThere = false
    private var hasTold = false
    private var warnedOf: String?

    init(side: Side, proof: PeerProof, limits: PairingLimits, servers: ICEServerLife = ICEServerLife(nil)) {
        self.side = side
        self.proof = proof
        self.limits = limits
        self.servers = servers
        self.negotiation = Negotiation(side: side)
    }

    /// When ``timePassed(now:)`` is to be called next.
    var deadline: Duration? { self.timers.values.min() }

    /// Frames of the other side's that wait for their turn.
    var waiting: Int { self.negotiation.waiting }

    mutating func takeActions() -> [Action] {
        defer { self.actions = [] }
        return self.actions
    }

    // MARK: What happens

    mutating func begin(now: Duration) {
        self.now = now
        self.start(.patience, self.limits.patience)
        self.negotiation.areServersDue = self.servers.isDue
        if let span = self.servers.span { self.start(.servers, span) }
        self.actions.append(.tell(.waiting))
    }

    mutating func session(_ event: SessionEvent, now: Duration) {
        guard self.state != .closed else { return }
        self.now = now
        switch event {
        case .opened:
            self.negotiation.isOpen = true
            // Success came about while there was no connection to report it on.
            if self.state == .connected, !self.hasReported { self.reportSuccess() }
        case .reconnecting:
            self.negotiation.isOpen = false
            self.setAbsent()
        case .paired: self.paired()
        case .peerLeft: self.peerLeft()
        case .signal(let frame): self.signaled(frame)
        case .diagnosis(let diagnosis): if self.state == .connecting { self.diagnosed(diagnosis) }
        case .refused: break
        }
    }

    /// The session is over. A link that stands lives on without it.
    mutating func sessionEnded(_ error: ClientError?, now: Duration) {
        guard self.state != .closed else { return }
        self.now = now
        self.negotiation.isOpen = false
        self.setAbsent()
        if self.state == .connecting { self.end(error ?? .closed) }
    }

    mutating func engine(_ event: PeerEvent, now: Duration) {
        guard self.state != .closed else { return }
        self.now = now
        switch event {
        case .candidate(let candidate): self.found(candidate)
        case .candidateError(let code): self.report.note(error: code)
        case .negotiationNeeded: self.carryOut(self.negotiation.negotiationNeeded())
        case .state(let state): self.engineState(state)
        case .channelOpened: self.channelOpened()
        case .channelClosed:
            if self.state != .connecting { return self.end(.peerLeft("the other side has closed the link")) }
            // Encryption has failed, or the other side found that. Which of the two, the statistics tell.
            self.giveUp(self.report.hasDTLSFailed ? "dtls-failed" : "closed")
        }
    }

    mutating func engineEnded(now: Duration) {
        guard self.state != .closed else { return }
        self.now = now
        self.end(ClientError(.engineFailed, "the engine has ended by itself", advice: ClientError.Code.engineFailed.pairingAdvice))
    }

    mutating func stepEnded(_ result: EngineResult, now: Duration) {
        guard let step = self.step else { return }
        self.now = now
        self.step = nil
        self.stop(.step)
        guard self.state != .closed else { return }
        if case .look(let look) = step {
            if case .statistics(let statistics) = result { self.report.note(statistics) }
            self.looked(look)
        } else {
            if step == .renewServers { self.serversRenewed(result) }
            self.carryOut(self.negotiation.finished(result))
        }
        self.beginStep()
    }

    mutating func timePassed(now: Duration) {
        self.now = now
        // In a fixed order, so that the same events always come to the same.
        for timer in Timer.allCases {
            guard let due = self.timers[timer], due <= now else { continue }
            self.timers[timer] = nil
            self.elapsed(timer)
        }
    }

    /// The program ends it.
    mutating func close(now: Duration) {
        guard self.state != .closed else { return }
        self.now = now
        if self.state == .connecting { self.tellOfLeaving("peer-left") }
        self.end(nil)
    }

    /// The network has changed.
    mutating func restart(now: Duration) {
        guard self.state == .connected || self.state == .interrupted else { return }
        self.now = now
        self.carryOut(self.negotiation.restart())
    }

    // MARK: The session

    private mutating func paired() {
        self.negotiation.isPeerPresent = true
        self.stop(.gone)
        switch self.proof {
        case .none: self.carryOut(self.negotiation.catchUp())
        case .compared(var digits):
            let steps = digits.connected()
            self.proof = .compared(digits)
            self.carryOut(steps)
            self.carryOut(self.negotiation.catchUp())
        case .sealed(var pairing):
            let wasProved = pairing.isProved
            let steps = pairing.connected()
            self.proof = .sealed(pairing)
            self.carryOut(steps)
            // From here on it is a negotiation like any other, and frames that were lost are made up for.
            if wasProved { self.carryOut(self.negotiation.catchUp()) }
        }
        switch self.state {
        case .connecting: self.negotiate()
        // The server may have been started anew, and know nothing of the success.
        case .connected: self.reportSuccess()
        case .interrupted: self.isReportDue = true
        case .closed: break
        }
    }

    private mutating func negotiate() {
        guard self.reason == nil else { return }
        self.diagnosis = nil
        self.isGivenUpThere = false
        self.hasTold = false
        self.report.begin(now: self.now)
        self.stop(.patience)
        if self.timers[.connect] == nil {
            self.start(.connect, self.limits.connectWithin)
            self.start(.look, Self.lookInterval)
        }
        self.actions.append(.tell(.negotiating))
    }

    private mutating func peerLeft() {
        self.setAbsent()
        self.actions.append(.tell(.peerLeft))
        switch self.state {
        case .interrupted: self.expectNoReturn()
        case .connecting where self.isGivenUpThere: self.giveUp("closed")
        case .connecting: self.start(.gone, Self.returnGrace)
        case .connected, .closed: break
        }
    }

    private mutating func setAbsent() {
        self.negotiation.isPeerPresent = false
        guard case .sealed(var pairing) = self.proof else { return }
        pairing.disconnected()
        self.proof = .sealed(pairing)
    }

    private mutating func signaled(_ relayed: RelayedFrame) {
        // What is no text, such as half a pair of surrogates, is nothing that either side can have meant.
        guard case .object(var members) = try? relayed.decode(as: JSONValue.self) else { return }
        // As the session has read it: of a name that is repeated, one reader takes the first and another the last.
        members["type"] = .string(relayed.type)
        let frame = JSONValue.object(members)
        if relayed.type == "ice" { return self.carryOut(self.negotiation.receivedCandidate(frame)) }
        switch self.proof {
        case .none: self.describe(frame)
        case .compared(var digits):
            guard relayed.type == "sender_ready" else { return self.describe(frame) }
            // Side A has shown words, and asks for them before it offers anything.
            if self.side == .b, self.negotiation.hasAgreed == false, frame["pake"] != nil { return self.refuse(.wordsNeeded) }
            let steps = digits.received(frame)
            self.proof = .compared(digits)
            self.carryOut(steps)
        case .sealed(var pairing):
            let steps = pairing.received(frame)
            self.proof = .sealed(pairing)
            self.carryOut(steps)
        }
    }

    /// A description that nobody had to seal. Some clients send it as an object, some only its text.
    private mutating func describe(_ frame: JSONValue) {
        guard let kind = (frame["type"]?.string).flatMap(PairDescription.Kind.init(rawValue:)),
            let sdp = frame["sdp"]?.string ?? frame["sdp"]?["sdp"]?.string
        else { return }
        let id = frame["id"]?.integer
        let description = PairDescription(kind: kind, sdp: sdp, id: id ?? PairDescription.noID)
        self.carryOut(self.negotiation.received(description, hasID: id != nil, frame: frame))
    }

    // MARK: Steps of the proof and of the negotiation

    private mutating func carryOut(_ steps: [VerifiedPairing.Step]) {
        for step in steps {
            switch step {
            case .send(let frame): if self.negotiation.isOpen { self.actions.append(.signal(frame)) }
            case .start(.ask, let after): self.start(.ask, after)
            case .start(.unverified, let after): self.start(.unverified, after)
            // Side A then makes its first offer, or sends it again.
            case .offer: self.carryOut(self.negotiation.catchUp())
            case .proved: break
            case .apply(let description): self.carryOut(self.negotiation.received(description, hasID: true, frame: nil))
            case .forged(let count): self.actions.append(.tell(.forged(count)))
            case .end(let code): self.refuse(code)
            }
        }
    }

    private mutating func carryOut(_ steps: [SixDigits.Step]) {
        for step in steps {
            switch step {
            case .send(let frame): if self.negotiation.isOpen { self.actions.append(.signal(frame)) }
            case .digits(let digits): self.actions.append(.tell(.sixDigits(digits)))
            case .end(let code): self.refuse(code)
            }
        }
    }

    private mutating func carryOut(_ outputs: [Negotiation.Output]) {
        for output in outputs where self.state != .closed {
            switch output {
            case .step(let step):
                switch step {
                case .makeOffer, .makeAnswer: self.report.gathering(now: self.now)
                default: break
                }
                self.stepsWaiting.append(step)
                self.beginStep()
            case .say(let description): self.say(description)
            case .applied(let description, let frame): self.applied(description, frame)
            case .restarting:
                self.restartedAt = self.now
                self.actions.append(.telemetry(event: "ice-restart", detail: .object(self.report.detail(self.negotiation, now: self.now))))
            case .startAnswerTimer(let limit): self.start(.answer, limit)
            case .stopAnswerTimer: self.stop(.answer)
            case .notRestarted(let error): self.actions.append(.tell(.problem(error)))
            case .failed(let error): self.negotiationFailed(error)
            case .misread(let why): self.actions.append(.tell(.problem(ClientError(.protocolError, why))))
            }
        }
    }

    private mutating func say(_ description: PairDescription) {
        switch self.proof {
        case .sealed(var pairing):
            // Without keys the pairing has ended, and nothing is said any more.
            let frame = try? pairing.seal(description)
            self.proof = .sealed(pairing)
            if let frame { self.actions.append(.signal(frame)) }
        case .compared(var digits):
            var frame = description.frame
            frame["sas"] = digits.member(for: description)
            self.proof = .compared(digits)
            self.actions.append(.signal(.object(frame)))
        case .none: self.actions.append(.signal(.object(description.frame)))
        }
    }

    private mutating func applied(_ description: PairDescription, _ frame: JSONValue) {
        // The peer itself has sent a description, with its certificate. Whoever else took part has not taken its place.
        self.isReplacedThere = false
        if self.negotiation.isPeerPresent { self.stop(.gone) }
        guard case .compared(var digits) = self.proof else { return }
        let steps = digits.applied(description, in: frame)
        self.proof = .compared(digits)
        self.carryOut(steps)
    }

    private mutating func beginStep() {
        guard self.step == nil, self.state != .closed, let step = self.stepsWaiting.popFirst() else { return }
        self.step = step
        self.start(.step, Self.stepLimit)
        self.actions.append(.step(step))
    }

    /// Once the two are connected, no frame ends that: neither somebody else's, nor one that cannot be used.
    private mutating func negotiationFailed(_ error: ClientError) {
        if self.state == .connecting { return self.end(error) }
        if error.code == .peerLeft { self.isReplacedThere = true }
        if self.isGoneThere { self.expectNoReturn() }
        self.actions.append(.tell(.problem(error)))
    }

    // MARK: The engine

    private mutating func found(_ candidate: ICECandidate?) {
        if let frame = self.negotiation.found(candidate), self.negotiation.isOpen { self.actions.append(.signal(frame)) }
        // ICE without any candidate does not fail by itself.
        if candidate == nil, self.state == .connecting, self.negotiation.isHopeless { self.iceFailed("no-candidates") }
    }

    private mutating func engineState(_ state: PeerState) {
        self.stop(.restart)
        self.negotiation.isConnected = state == .connected
        switch (state, self.state) {
        case (.connected, _): self.recovered()
        case (.failed, .connecting): self.report.hasDTLSFailed ? self.giveUp("dtls-failed") : self.iceFailed("ice-failed")
        case (.failed, _), (.disconnected, .connected), (.disconnected, .interrupted): self.interrupt(hasFailed: state == .failed)
        default: break
        }
    }

    private mutating func serversRenewed(_ result: EngineResult) {
        let wereLate = self.servers.isLate
        self.stop(.servers)
        if let span = self.servers.ended(result) { self.start(.servers, span) }
        self.negotiation.areServersDue = self.servers.isDue
        // Candidates were found without them.
        if wereLate, !self.servers.isLate, self.state == .connecting, self.negotiation.hasAgreed { self.restartSoon() }
    }

    private mutating func iceFailed(_ reason: String) {
        self.failures += 1
        if self.failures > 1 || !self.negotiation.isPeerPresent { return self.giveUp(reason) }
        self.restartSoon()
    }

    private mutating func channelOpened() {
        guard self.state == .connecting else { return }
        // Without a proof no description was applied, so there can be no channel: a failure here is a fault of the engine, or of this client.
        guard self.proof.isProved else { return self.refuse(.peerUnverified) }
        for timer in [Timer.patience, .connect, .gone, .look, .verdict, .secondReport] { self.stop(timer) }
        self.state = .connected
        self.actions += [.connected, .tell(.connected)]
        self.reportSuccess()
    }

    private mutating func interrupt(hasFailed: Bool) {
        if self.state == .connected {
            self.state = .interrupted
            self.actions.append(.tell(.interrupted))
            self.start(.restore, self.limits.restoreWithin)
            if self.isGoneThere { self.expectNoReturn() }
        }
        if hasFailed { self.restartSoon() } else { self.start(.restart, Self.disconnectedGrace + self.restartDelay) }
    }

    private var restartDelay: Duration { self.side == .a ? .zero : Self.politeDelay }

    /// An engine that fails at once is not asked without end.
    private mutating func restartSoon() {
        let earliest = self.restartedAt.map { max(.zero, $0 + Self.restartGap - self.now) } ?? .zero
        self.start(.restart, max(self.restartDelay, earliest))
    }

    private mutating func recovered() {
        for timer in [Timer.restore, .gone] { self.stop(timer) }
        guard self.state == .interrupted else { return }
        self.state = .connected
        self.actions.append(.tell(.restored))
        if self.isReportDue { self.reportSuccess() }
    }

    /// The link is interrupted, and whoever was at its other end is not in the room any more, or is not the same.
    private var isGoneThere: Bool {
        self.state == .interrupted && (!self.negotiation.isPeerPresent && self.negotiation.isOpen || self.isReplacedThere)
    }

    private mutating func expectNoReturn() {
        if self.timers[.gone] == nil { self.start(.gone, Self.goneGrace) }
    }

    private mutating func lose() {
        if self.negotiation.isPeerPresent, !self.isReplacedThere {
            return self.end(self.noRoute("the connection was lost and no new way was found", nil))
        }
        self.end(.peerLeft("the connection was lost, and the other side is gone from the server too"))
    }

    // MARK: Time

    private mutating func elapsed(_ timer: Timer) {
        switch timer {
        case .patience:
            let error =
                self.negotiation.isOpen ? ClientError.peerNeverCame : ClientError(.serverUnreachable, "the server was not reached in time")
            self.end(error)
        case .connect: self.giveUp("timeout")
        case .look:
            self.start(.look, Self.lookInterval)
            self.look(.early)
        case .gone: self.state == .interrupted ? self.lose() : self.giveUp("closed")
        case .restart: self.carryOut(self.negotiation.restart())
        case .restore: self.lose()
        case .answer: self.carryOut(self.negotiation.answerTimerEnded())
        case .ask: self.proofTimer(.ask)
        case .unverified: self.proofTimer(.unverified)
        case .verdict, .secondReport: self.conclude()
        case .servers:
            self.servers.elapsed()
            self.negotiation.areServersDue = true
            if self.servers.isLate, self.state == .connecting { self.carryOut(self.negotiation.renewServers()) }
        case .step:
            self.end(ClientError(.engineFailed, "the engine did not come to an end", advice: ClientError.Code.engineFailed.pairingAdvice))
        }
    }

    private mutating func proofTimer(_ timer: VerifiedPairing.Timer) {
        guard case .sealed(var pairing) = self.proof else { return }
        let steps = pairing.elapsed(timer)
        self.proof = .sealed(pairing)
        self.carryOut(steps)
    }

    private mutating func start(_ timer: Timer, _ after: Duration) { self.timers[timer] = self.now + after }
    private mutating func stop(_ timer: Timer) { self.timers[timer] = nil }

    // MARK: Reports

    private mutating func look(_ look: EngineStep.Look) {
        if look == .early {
            if self.isLookDue { return }
            self.isLookDue = true
        }
        self.stepsWaiting.append(.look(look))
        self.beginStep()
    }

    private mutating func looked(_ look: EngineStep.Look) {
        var detail = self.report.detail(self.negotiation, now: self.now)
        switch look {
        case .early:
            self.isLookDue = false
            guard self.state == .connecting, self.reason == nil else { return }
            self.warn(self.report.facts(self.negotiation, now: self.now).earlyWarning(here: self.side))
        case .success:
            guard self.negotiation.isOpen else {
                self.isReportDue = true
                return
            }
            let selected = self.report.statistics.selected
            detail["mode"] = selected.map { [$0.local, $0.remote].contains("relay") ? "relay" : "direct" }
            if self.hasReported { detail["resumed"] = true }
            self.hasReported = true
            self.isReportDue = false
            self.actions.append(.telemetry(event: "ice-connected", detail: .object(detail)))
        case .failure(let reason):
            guard self.state == .connecting else { return }
            detail["reason"] = .string(self.negotiation.isHopeless ? "no-candidates" : reason)
            self.actions.append(.telemetry(event: "ice-failed", detail: .object(detail)))
        }
    }

    private mutating func reportSuccess() {
        if self.negotiation.isOpen { self.look(.success) } else { self.isReportDue = true }
    }

    // MARK: The verdict

    /// The server knows why there is no way: this side has given up, or the other one has, or the other one has left.
    private mutating func diagnosed(_ diagnosis: Diagnosis) {
        if diagnosis.cause == "verification_failed", !self.proof.isProved {
            return self.refuse(self.side == .a && self.proof.isWaiting ? .peerUnverified : .codeMismatch)
        }
        self.diagnosis = diagnosis
        if self.reason != nil {
            self.start(.secondReport, self.negotiation.isPeerPresent ? Self.secondReport : .zero)
        } else if self.negotiation.isPeerPresent {
            self.isGivenUpThere = true
            // Said by the other side itself, which is about to leave.
            if diagnosis.cause == "peer_left" { return self.conclude() }
            // What this side knows completes the diagnosis, for both.
            self.tellReason("closed")
            self.warn(diagnosis)
        } else if !Self.departures.contains(diagnosis.cause) {
            self.giveUp("closed")
        }
    }

    private mutating func giveUp(_ reason: String) {
        guard self.state == .connecting, self.reason == nil else { return }
        for timer in [Timer.connect, .gone, .look, .restart] { self.stop(timer) }
        self.reason = reason
        guard self.negotiation.isOpen else { return self.conclude() }
        self.start(.verdict, Self.diagnosisLimit)
        self.tellReason(reason)
        if let diagnosis = self.diagnosis { self.diagnosed(diagnosis) }
    }

    private mutating func tellReason(_ reason: String) {
        if self.hasTold { return }
        self.hasTold = true
        self.look(.failure(reason: reason))
    }

    /// This side ends the attempt of its own accord, so that the other one need not guess.
    private mutating func tellOfLeaving(_ reason: String) {
        guard self.reason == nil, self.negotiation.isPeerPresent else { return }
        var detail = self.report.detail(self.negotiation, now: self.now)
        detail["reason"] = .string(reason)
        self.actions.append(.telemetry(event: "ice-failed", detail: .object(detail)))
    }

    /// Once for each cause.
    private mutating func warn(_ diagnosis: Diagnosis?) {
        guard let diagnosis, diagnosis.cause != self.warnedOf else { return }
        self.warnedOf = diagnosis.cause
        self.actions.append(.tell(.warning(diagnosis.worded(here: self.side))))
    }

    private mutating func conclude() {
        let cause = self.diagnosis?.cause
        let hasAgreed = self.negotiation.hasAgreed
        let isGone = cause == "peer_left" ? self.isGivenUpThere || !hasAgreed : cause == "signaling_lost" && !hasAgreed
        let hasFailed =
            hasAgreed || self.negotiation.isHopeless || self.isGivenUpThere || self.reason == "ice-failed" || self.reason == "dtls-failed"
        if let unread = self.negotiation.remote.unread, self.negotiation.remote.kinds.isEmpty, !isGone, !self.report.hasDTLSFailed {
            return self.end(ClientError(.protocolError, "no candidate of the other side was understood: \(unread)"))
        }
        guard hasFailed, !isGone else {
            return self.end(.peerLeft("the other side went away, or fell silent, before the connection stood"))
        }
        // That the other side is gone is then no more than what this side itself has reported.
        let isOwn = cause == nil || cause == "peer_left"
        let own = self.report.facts(self.negotiation, now: self.now).diagnosis(here: self.side, reason: self.reason ?? "closed")
        self.end(self.noRoute("the peers cannot reach each other", isOwn ? own : self.diagnosis))
    }

    private func noRoute(_ message: String, _ diagnosis: Diagnosis?) -> ClientError {
        let list = { (kinds: [String]) in kinds.isEmpty ? "none" : kinds.joined(separator: ", ") }
        var whole =
            "\(message); candidates here: \(list(self.negotiation.local.kinds)); of the other side: \(list(self.negotiation.remote.kinds))"
        if let diagnosis { whole += "; \(diagnosis.cause) at \(diagnosis.side ?? "one side")" }
        if let unread = self.negotiation.remote.unread { whole += "; not understood of the other side: \(unread)" }
        return ClientError(.noRoute, whole, advice: diagnosis?.worded(here: self.side).advice ?? ClientError.Code.noRoute.pairingAdvice)
    }

    /// The other side has not proved what it has to.
    private mutating func refuse(_ code: ClientError.Code) {
        guard self.state != .closed else { return }
        if self.state == .connecting { self.tellOfLeaving("verification-failed") }
        self.end(.refused(code))
    }

    private mutating func end(_ error: ClientError?) {
        guard self.state != .closed else { return }
        var error = error
        if self.state == .connecting, self.proof.isUnproved, let known = error, known.code != .codeMismatch {
            error?.advice = [known.advice, "The other side never proved itself, and the code is spent."].compactMap(\.self).joined(
                separator: " ")
        }
        self.state = .closed
        self.timers = [:]
        self.stepsWaiting.removeAll()
        self.actions.append(.ended(error))
    }
}

extension PairDescription {
    /// Of a client that does not number its offers.
    static let noID = -1

    /// Its members in a frame that nobody sealed.
    var frame: [String: JSONValue] {
        let kind = JSONValue.string(self.kind.rawValue)
        var members: [String: JSONValue] = ["type": kind, "sdp": ["type": kind, "sdp": .string(self.sdp)]]
        if self.id != Self.noID { members["id"] = .number(Double(self.id)) }
        return members
    }
}

extension ClientError {
    static func peerLeft(_ message: String) -> ClientError { ClientError(.peerLeft, message, advice: Code.peerLeft.pairingAdvice) }

    static let peerNeverCame = ClientError(.peerNeverCame, "the other side did not come", advice: Code.peerNeverCame.pairingAdvice)

    static func refused(_ code: Code) -> ClientError {
        let message =
            switch code {
            case .codeMismatch: "a proof failed: the two sides do not have the same secret, or somebody else took part"
            case .codeGone: "the secret of this code was used on this device before"
            case .peerUnverified: "the other side did not prove that it has the secret of this code"
            case .wordsNeeded: "the other side asks for the words of this code"
            default: "the other side's part in the verification cannot be understood"
            }
        return ClientError(code, message, advice: code.pairingAdvice ?? code.advice)
    }
}
