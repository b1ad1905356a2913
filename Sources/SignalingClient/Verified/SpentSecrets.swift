/// The secrets that have taken part in a run of CPace. Each run is one guess for whoever is in the middle, so there is one for each secret.
///
/// Use one for the whole process: kept in memory only, as hashes, because few bits are searched in no time.
public final class SpentSecrets: Sendable {
    /// Far more than people pair in a process's life; beyond it the oldest is forgotten.
    static let capacity = 65_536
    private static let nameBytes = 16

    /// In the order in which they were spent, from `oldest` on and then from the beginning.
    private struct Ring {
        var names: Set<[UInt8]> = []
        var order: [[UInt8]] = []
        var oldest = 0
    }

    private let ring = Locked(Ring())

    public init() {}

    func contains(_ secret: Secret, _ crypto: any VerifiedPairingCrypto) -> Bool {
        let name = Self.name(of: secret, crypto)
        return self.ring.withLock { $0.names.contains(name) }
    }

    /// Whether it was not spent before.
    func spend(_ secret: Secret, _ crypto: any VerifiedPairingCrypto) -> Bool {
        let name = Self.name(of: secret, crypto)
        return self.ring.withLock { ring in
            guard ring.names.insert(name).inserted else { return false }
            if ring.order.count < Self.capacity {
                ring.order.append(name)
            } else {
                ring.names.remove(ring.order[ring.oldest])
                ring.order[ring.oldest] = name
                ring.oldest = (ring.oldest + 1) % Self.capacity
            }
            return true
        }
    }

    private static func name(of secret: Secret, _ crypto: any VerifiedPairingCrypto) -> [UInt8] {
        Array(crypto.sha512(secret.password).prefix(Self.nameBytes))
    }
}
