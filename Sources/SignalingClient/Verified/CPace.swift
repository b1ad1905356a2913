/// CPace (draft-irtf-cfrg-cpace-21, CPACE-X25519-SHA512), as verified pairing uses it: from a secret to one key for each direction.
struct CPace {
    private static let label = Array("nt-verified-pairing-1".utf8)
    private static let domain = Array("CPace255".utf8)
    /// The zeros fill the first block of the hash, so that its time does not depend on the secret.
    private static let firstBlockBytes = 128

    /// `CI`, which names the protocol and its roles: B is the initiator, A the responder.
    static let channel = lengthPrefixed(Self.label, Array("B".utf8), Array("A".utf8))

    let crypto: any VerifiedPairingCrypto
    let sid: [UInt8]

    struct Keys: Sendable {
        let a: [UInt8]
        let b: [UInt8]

        subscript(side: Side) -> [UInt8] { side == .a ? self.a : self.b }
    }

    static func generatorString(password: [UInt8], channel: [UInt8], sid: [UInt8]) -> [UInt8] {
        let zeros = max(0, Self.firstBlockBytes - 1 - lengthPrefixed(password).count - lengthPrefixed(Self.domain).count)
        return lengthPrefixed(Self.domain, password, [UInt8](repeating: 0, count: zeros), channel, sid)
    }

    func generator(for secret: Secret) -> [UInt8] {
        let string = Self.generatorString(password: secret.password, channel: Self.channel, sid: self.sid)
        return elligator2(Array(self.crypto.sha512(string).prefix(hashBytes)))
    }

    func share(scalar: [UInt8], generator: [UInt8]) -> [UInt8] {
        self.crypto.x25519(scalar: scalar, u: generator)
    }

    /// `K`; nil where it is zero, which other shares than a point of the right group lead to.
    func commonPoint(scalar: [UInt8], othersShare: [UInt8]) -> [UInt8]? {
        let point = self.crypto.x25519(scalar: scalar, u: othersShare)
        return areEqual(point, [UInt8](repeating: 0, count: hashBytes)) ? nil : point
    }

    func intermediateKey(by: Secret.Kind, point: [UInt8], shareOfA: [UInt8], shareOfB: [UInt8]) -> [UInt8] {
        let transcript = lengthPrefixed(shareOfB, Array("B \(by.rawValue)".utf8)) + lengthPrefixed(shareOfA, Array("A".utf8))
        return self.crypto.sha512(lengthPrefixed(Self.domain + Array("_ISK".utf8), self.sid, point) + transcript)
    }

    /// The keys under which the sides seal.
    func keys(by: Secret.Kind, point: [UInt8], shareOfA: [UInt8], shareOfB: [UInt8]) -> Keys {
        let intermediate = self.intermediateKey(by: by, point: point, shareOfA: shareOfA, shareOfB: shareOfB)
        let key = { (side: Side) in
            self.crypto.hkdf(salt: Self.label, secret: intermediate, info: Array(side.rawValue.utf8), count: hashBytes)
        }
        return Keys(a: key(.a), b: key(.b))
    }

    /// Covers all that the other side will act upon.
    func mac(key: [UInt8], _ description: PairDescription, n: Int) -> [UInt8] {
        let message = lengthPrefixed(
            Array(description.kind.rawValue.utf8), Array(String(n).utf8), Array(String(description.id).utf8), Array(description.sdp.utf8))
        return Array(self.crypto.hmacSHA512(key: key, message: message).prefix(hashBytes))
    }
}
