/// What a token must say to be accepted.
package struct TokenRules: Sendable {
    private let issuer: String?
    private let audience: String?

    /// How far clocks may be apart.
    package static let leeway = 60.0
    /// Bytes of an issuer or an audience.
    static let longestName = 1024

    /// - Parameters:
    ///   - issuer: What `iss` must be; nil: anything.
    ///   - audience: What `aud` must be, or name among others; nil: anything.
    package init(issuer: String?, audience: String?) {
        self.issuer = issuer
        self.audience = audience
    }

    package enum Verdict: Sendable, Equatable {
        /// Nil where the token names nobody.
        case admitted(AccessSubject?)
        case refused(AccessRefusal)
        /// No key is known that it could have been signed with. Newer keys may have one.
        case unknownSigner
    }

    /// - Parameter now: Seconds since 1970 UTC.
    package func verdict(on token: SignedToken, keys: KeySet, now: Double) -> Verdict {
        do throws(AccessRefusal) {
            guard let algorithm = token.algorithm else { throw .algorithm }
            // Before the signature: what is refused by its claims costs no more than reading it.
            let subject = try self.subject(of: token.payload, now: now)
            switch keys.check(token, algorithm) {
            case .valid: return .admitted(subject)
            case .invalid: throw .signature
            case .otherAlgorithm: throw .algorithm
            case .unknown: return .unknownSigner
            }
        } catch {
            return .refused(error)
        }
    }

    private func subject(of payload: [UInt8], now: Double) throws(AccessRefusal) -> AccessSubject? {
        let claims = JSONMembers(payload)
        guard let expiry = try claims.number("exp", otherwise: .claims) else { throw .noExpiry }
        guard now < expiry + Self.leeway else { throw .expired }
        if let start = try claims.number("nbf", otherwise: .claims), now < start - Self.leeway { throw .notYetValid }
        let issuer = try claims.text("iss", atMost: Self.longestName, otherwise: .claims)
        if let expected = self.issuer, issuer != expected { throw .issuer }
        let audiences = try claims.texts("aud", atMost: Self.longestName, otherwise: .claims)
        if let expected = self.audience, !audiences.contains(expected) { throw .audience }
        guard let name = try claims.text("sub", atMost: AccessSubject.longestName, otherwise: .claims) else { return nil }
        guard let subject = AccessSubject(.jwt, name) else { throw .claims }
        return subject
    }
}
