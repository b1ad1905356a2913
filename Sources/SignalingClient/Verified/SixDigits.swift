/// Six digits that people compare, for pairs without words: a machine without clock or network, as ``VerifiedPairing`` is.
///
/// A commits itself before it hears B's nonce, and B's nonce is out before A's: whoever is in the middle has to choose before it knows the
/// digits. What is missing the first time stays missing: then there are no digits.
public struct SixDigits: Sendable {
    public enum Step: Sendable, Hashable {
        case send(JSONValue)
        case digits(String)
        case end(ClientError.Code)
    }

    private static let version = 1
    private static let label = "nt-sas-1"
    private static let nonceBytes = 16

    public let side: Side
    /// To be shown; nil while there are none.
    public private(set) var digits: String?

    private let crypto: any VerifiedPairingCrypto
    private let sid: [UInt8]
    /// Of each side, as far as it is known: the first count, later ones change nothing.
    private var nonces: [Side: [UInt8]] = [:]
    /// `.some(nil)` for a description whose fingerprints cannot be read.
    private var prints: [Side: String?] = [:]
    private var commitment: [UInt8]?
    /// The first description of the other side was applied.
    private var hasApplied = false
    /// B has sent its nonce.
    private var isAnswered = false
    private var hasEnded = false

    public init(
        side: Side, room: String, crypto: any VerifiedPairingCrypto, random: @Sendable (Int) -> [UInt8] = randomBytes
    ) throws(CodeError) {
        guard let sid = bytesOfUUID(room) else { throw CodeError(code: .roomInvalid) }
        self.side = side
        self.sid = sid
        self.crypto = crypto
        self.nonces[side] = random(Self.nonceBytes)
    }

    /// The member `sas` for the frame of an own description; nil for none.
    public mutating func member(for description: PairDescription) -> JSONValue? {
        switch self.side {
        case .a: guard description.kind == .offer, !self.hasApplied else { return nil }
        case .b: guard description.kind == .answer, self.commitment != nil else { return nil }
        }
        if self.prints[self.side] == nil { self.prints[self.side] = .some(fingerprints(in: description.sdp)) }
        guard self.print(of: self.side) != nil else { return nil }
        if self.side == .a { return self.commit().map { ["v": 1, "commit": .string(base64url($0))] } }
        self.isAnswered = true
        return self.nonce()
    }

    /// A description of the other side's was applied, which came in this frame.
    public mutating func applied(_ description: PairDescription, in frame: JSONValue) -> [Step] {
        guard !self.hasApplied, description.kind == (self.side == .a ? .answer : .offer) else { return [] }
        self.hasApplied = true
        self.prints[self.side.other] = .some(fingerprints(in: description.sdp))
        let member = frame["sas"].flatMap { $0["v"]?.integer == Self.version ? $0 : nil }
        if self.side == .b {
            // A commitment to fingerprints that cannot be read is none.
            if self.print(of: .a) != nil { self.commitment = bytesOfBase64url(member?["commit"]?.string, count: hashBytes) }
            return []
        }
        self.nonces[.b] = bytesOfBase64url(member?["nonce"]?.string, count: Self.nonceBytes)
        return self.finish().map { [self.sayNonce(), .digits($0)] } ?? []
    }

    /// A relayed frame has come that holds no description.
    public mutating func received(_ frame: JSONValue) -> [Step] {
        guard frame["type"]?.string == "sender_ready", let sas = frame["sas"], sas["v"]?.integer == Self.version, !self.hasEnded else {
            return []
        }
        if self.side == .a { return self.again() }
        // A nonce of A's before B's is out is none of this protocol's.
        guard self.isAnswered, self.digits == nil else { return [] }
        self.nonces[.a] = bytesOfBase64url(sas["nonce"]?.string, count: Self.nonceBytes)
        if let commitment = self.commitment, let commit = self.commit(), areEqual(commit, commitment), let digits = self.finish() {
            return [.digits(digits)]
        }
        self.hasEnded = true
        return [.end(.protocolError)]
    }

    /// The server has said that both sides are there: frames may have been lost before.
    public mutating func connected() -> [Step] {
        if self.side == .a { return self.again() }
        return self.isAnswered && self.digits == nil && !self.hasEnded ? [self.sayNonce()] : []
    }

    /// A's nonce may have been lost.
    private func again() -> [Step] {
        self.digits == nil ? [] : [self.sayNonce()]
    }

    private func print(of side: Side) -> String? { self.prints[side] ?? nil }

    private func commit() -> [UInt8]? {
        guard let nonce = self.nonces[.a], let print = self.print(of: .a) else { return nil }
        let message = lengthPrefixed(Array("\(Self.label) commit".utf8), self.sid, nonce, Array(print.utf8))
        return Array(self.crypto.sha512(message).prefix(hashBytes))
    }

    private mutating func finish() -> String? {
        guard let nonceA = self.nonces[.a], let nonceB = self.nonces[.b], let printA = self.print(of: .a), let printB = self.print(of: .b)
        else {
            return nil
        }
        let hash = self.crypto.sha512(
            lengthPrefixed(Array(Self.label.utf8), self.sid, nonceA, nonceB, Array(printA.utf8), Array(printB.utf8)))
        // 16 bytes, the highest first, modulo a million.
        let number = hash.prefix(16).reduce(0) { ($0 << 8 | Int($1)) % 1_000_000 }
        let text = String(number)
        let digits = String(repeating: "0", count: 6 - text.count) + text
        self.digits = digits
        return digits
    }

    private func nonce() -> JSONValue {
        ["v": 1, "nonce": .string(base64url(self.nonces[self.side] ?? []))]
    }

    private func sayNonce() -> Step {
        .send(["type": "sender_ready", "sas": self.nonce()])
    }
}
