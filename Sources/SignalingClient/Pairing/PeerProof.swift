/// What stands between a negotiation and its session: how the two sides know each other, if at all.
enum PeerProof: Sendable {
    /// Digits alone, and nothing to compare.
    case none
    /// Digits alone, and six more that people may compare.
    case compared(SixDigits)
    /// Each description is sealed on its way out and opened on its way in.
    case sealed(VerifiedPairing)

    /// The other side has proved what it has to, as far as this one has to know.
    var isProved: Bool {
        if case .sealed(let pairing) = self { pairing.isProved } else { true }
    }

    /// Side A has told who redeemed the code that it knows the secret; the other side has shown nothing, and the secret is spent.
    var isUnproved: Bool {
        if case .sealed(let pairing) = self { pairing.state == .offered } else { false }
    }

    /// Side A's with nobody's share yet.
    var isWaiting: Bool {
        if case .sealed(let pairing) = self { pairing.state == .waiting } else { false }
    }

    var verified: Secret.Kind? {
        if case .sealed(let pairing) = self, pairing.isProved { pairing.by } else { nil }
    }

    var sixDigits: String? {
        if case .compared(let digits) = self { digits.digits } else { nil }
    }
}
