/// Verified pairing as a machine without clock or network: from a secret that both sides know to sealed descriptions.
///
/// One rule carries it: no description reaches a WebRTC stack unless the machine has said ``Step/apply(_:)``. Every method returns the steps
/// that its caller carries out at once and in their order.
public struct VerifiedPairing: Sendable {
    public enum Step: Sendable, Hashable {
        /// A frame for the other side.
        case send(JSONValue)
        /// Call ``elapsed(_:)`` after that time.
        case start(Timer, after: Duration)
        /// Make an offer, or send the newest again, sealed anew.
        case offer
        /// The other side has the secret.
        case proved
        /// A description of the other side's: the negotiation may look at it.
        case apply(PairDescription)
        /// So many descriptions that could not be opened were dropped since the proof.
        case forged(Int)
        /// The attempt ends with this error.
        case end(ClientError.Code)
    }

    public enum Timer: Sendable, Hashable {
        case ask
        case unverified
    }

    public enum State: Sendable, Hashable {
        /// For the other side's share.
        case waiting
        /// A has keys, and B has proved nothing yet: the secret is spent.
        case offered
        case proved
        case ended
    }

    /// Descriptions are sealed from the first offer on, and not after the end.
    public struct SealingError: Error, Sendable, Hashable {
        public let reason: String
    }

    /// Side A asks for B's share after this time, and each further time after twice as long.
    private static let firstAsk = Duration.seconds(2)
    /// A side that knows this protocol has sent its share by then.
    private static let unverifiedAfter = Duration.seconds(15)

    public let side: Side
    public private(set) var state = State.waiting
    /// Which of its secrets the other side has, or is to have.
    public private(set) var by: Secret.Kind?
    /// How many descriptions that could not be opened were dropped since the proof.
    public private(set) var forged = 0

    private let cpace: CPace
    private let spent: SpentSecrets
    private let random: @Sendable (Int) -> [UInt8]
    /// Those that A shows, or the one that B was given, until the keys are made.
    private var secrets: [Secret]
    private var isPresent = false
    private var ask = Self.firstAsk
    /// One run's. A has them only once it knows which secret B uses.
    private var scalar: [UInt8] = []
    private var share: [UInt8] = []
    private var othersShare: [UInt8] = []
    private var keys: CPace.Keys?
    /// How many descriptions were sealed here; the highest count that was opened.
    private var sealed = 0
    private var opened = 0

    /// `room` is the appID. Side A has one secret of each kind that it shows, side B the one that it was given. Throws `code_gone` for a
    /// secret that was used before.
    public init(
        side: Side, room: String, secrets: [Secret], spent: SpentSecrets, crypto: any VerifiedPairingCrypto,
        random: @escaping @Sendable (Int) -> [UInt8] = randomBytes
    ) throws(CodeError) {
        guard let sid = bytesOfUUID(room) else { throw CodeError(code: .roomInvalid) }
        let kinds = Set(secrets.map(\.kind))
        precondition(
            !secrets.isEmpty && kinds.count == secrets.count && (side == .a || secrets.count == 1), "one secret of a kind, and one at B")
        guard !secrets.contains(where: { spent.contains($0, crypto) }) else { throw .spent }
        self.side = side
        self.cpace = CPace(crypto: crypto, sid: sid)
        self.secrets = secrets
        self.spent = spent
        self.random = random
        if side == .b { self.draw(secrets[0]) }
    }

    public var isProved: Bool { self.state == .proved }

    /// The server has said that both sides are there.
    public mutating func connected() -> [Step] {
        let wasPresent = self.isPresent
        self.isPresent = true
        switch (self.state, self.side) {
        case (.offered, _): return [.offer]
        case (.waiting, .b): return [self.sayShare()]
        case (.waiting, .a) where !wasPresent:
            self.ask = Self.firstAsk
            return [.start(.ask, after: self.ask), .start(.unverified, after: Self.unverifiedAfter)]
        case (.waiting, .a), (.proved, _), (.ended, _): return []
        }
    }

    /// The other side has left the server, or this side has lost its connection.
    public mutating func disconnected() {
        self.isPresent = false
    }

    /// A timer that a step started has ended.
    public mutating func elapsed(_ timer: Timer) -> [Step] {
        guard self.side == .a, self.state == .waiting, self.isPresent else { return [] }
        if timer == .unverified { return self.end(.peerUnverified) }
        self.ask *= 2
        return [.send(PakeFrame.ask), .start(.ask, after: self.ask)]
    }

    /// A relayed frame has come. Candidates are none of this machine's concern.
    public mutating func received(_ frame: JSONValue) -> [Step] {
        guard let type = frame["type"]?.string?.lowercased() else { return [] }
        if let kind = PairDescription.Kind(rawValue: type) { return self.take(kind, frame) }
        if type == "sender_ready", let pake = frame["pake"] { return self.hear(pake) }
        return []
    }

    /// Makes the frame of an own description. It has to be sent at once, and once.
    public mutating func seal(_ description: PairDescription) throws(SealingError) -> JSONValue {
        guard let keys = self.keys else { throw SealingError(reason: "there are no keys to seal with") }
        guard description.id >= 1, description.id <= Int(JSONValue.maxInteger) else {
            throw SealingError(reason: "an id is a whole number from 1")
        }
        self.sealed += 1
        let mac = self.cpace.mac(key: keys[self.side], description, n: self.sealed)
        return PakeFrame.sealed(description, n: self.sealed, mac: mac, share: self.state == .offered ? self.share : nil)
    }

    // Before the proof

    private mutating func hear(_ pake: JSONValue) -> [Step] {
        guard self.state == .waiting || self.state == .offered else { return [] }
        guard pake["v"]?.integer == pakeVersion else { return self.end(.protocolError) }
        // Without `end` first: the other side knows.
        if pake["end"] != nil { return self.end(.codeMismatch, isKnown: true) }
        let isShare = pake["share"] != nil || pake["by"] != nil
        if self.side == .b { return isShare ? [] : [self.sayShare()] }
        guard isShare else { return [] }
        guard let by = pake["by"]?.string, let share = bytesOfBase64url(pake["share"]?.string, count: hashBytes) else {
            return self.end(.protocolError)
        }
        return self.state == .waiting ? self.takeShare(share, by: by) : self.compareShare(share, by: by)
    }

    /// A's only run: what B sends first stands.
    private mutating func takeShare(_ share: [UInt8], by: String) -> [Step] {
        guard let secret = self.secrets.first(where: { $0.kind.rawValue == by }) else { return self.end(.codeMismatch) }
        guard self.spent.spend(secret, self.cpace.crypto) else { return self.end(.codeGone) }
        self.draw(secret)
        guard self.makeKeys(share) else { return self.end(.codeMismatch) }
        self.state = .offered
        return [.offer]
    }

    private mutating func compareShare(_ share: [UInt8], by: String) -> [Step] {
        by == self.by?.rawValue && areEqual(share, self.othersShare) ? [.offer] : self.end(.codeMismatch)
    }

    private mutating func take(_ kind: PairDescription.Kind, _ frame: JSONValue) -> [Step] {
        switch self.state {
        case .ended: return []
        case .proved: return self.takeSealed(kind, frame)
        case .waiting, .offered: break
        }
        guard let pake = frame["pake"] else {
            return self.end(self.side == .b && kind == .answer ? .codeMismatch : .peerUnverified)
        }
        guard pake["v"]?.integer == pakeVersion else { return self.end(.protocolError) }
        if self.state == .offered { return self.prove(kind, frame) }
        guard self.side == .b, kind == .offer, let share = SealedDescription(kind, frame)?.share, let secret = self.secrets.first else {
            return self.end(.codeMismatch)
        }
        guard self.spent.spend(secret, self.cpace.crypto) else { return self.end(.codeGone) }
        guard self.makeKeys(share) else { return self.end(.codeMismatch) }
        return self.prove(kind, frame)
    }

    private mutating func prove(_ kind: PairDescription.Kind, _ frame: JSONValue) -> [Step] {
        guard let sealed = self.open(kind, frame) else { return self.end(.codeMismatch) }
        self.state = .proved
        self.share = []
        self.othersShare = []
        return [.proved] + self.apply(sealed)
    }

    // Descriptions

    private mutating func takeSealed(_ kind: PairDescription.Kind, _ frame: JSONValue) -> [Step] {
        if let sealed = self.open(kind, frame) { return self.apply(sealed) }
        self.forged += 1
        return [.forged(self.forged)]
    }

    /// What the other side, and nobody else, has sealed; nil where it has not.
    private func open(_ kind: PairDescription.Kind, _ frame: JSONValue) -> SealedDescription? {
        guard let sealed = SealedDescription(kind, frame), let keys = self.keys else { return nil }
        let mac = self.cpace.mac(key: keys[self.side.other], sealed.description, n: sealed.n)
        return areEqual(mac, sealed.mac) ? sealed : nil
    }

    /// A count that is not above all before it belongs to a description that was sent again by somebody else.
    private mutating func apply(_ sealed: SealedDescription) -> [Step] {
        guard sealed.n > self.opened else { return [] }
        self.opened = sealed.n
        return [.apply(sealed.description)]
    }

    // Keys

    private mutating func draw(_ secret: Secret) {
        self.by = secret.kind
        self.scalar = self.random(hashBytes)
        self.share = self.cpace.share(scalar: self.scalar, generator: self.cpace.generator(for: secret))
    }

    /// Whether the other side's share makes keys. All that leads to them is forgotten.
    private mutating func makeKeys(_ othersShare: [UInt8]) -> Bool {
        defer { self.forgetSecrets() }
        guard let by = self.by, !areEqual(othersShare, self.share),
            let point = self.cpace.commonPoint(scalar: self.scalar, othersShare: othersShare)
        else { return false }
        let (a, b) = self.side == .a ? (self.share, othersShare) : (othersShare, self.share)
        self.keys = self.cpace.keys(by: by, point: point, shareOfA: a, shareOfB: b)
        self.othersShare = othersShare
        return true
    }

    private mutating func forgetSecrets() {
        for index in self.scalar.indices { self.scalar[index] = 0 }
        self.scalar = []
        self.secrets = []
    }

    // Steps

    private func sayShare() -> Step {
        // B has drawn when it was made.
        .send(PakeFrame.share(self.share, by: self.by ?? .words))
    }

    private mutating func end(_ code: ClientError.Code, isKnown: Bool = false) -> [Step] {
        self.state = .ended
        self.forgetSecrets()
        self.keys = nil
        return (code == .codeMismatch && !isKnown ? [.send(PakeFrame.mismatch)] : []) + [.end(code)]
    }
}
