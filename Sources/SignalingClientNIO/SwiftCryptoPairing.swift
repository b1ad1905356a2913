internal import Crypto
public import SignalingClient

/// swift-crypto, for verified pairing.
public struct SwiftCryptoPairing: VerifiedPairingCrypto {
    public init() {}

    public func sha512(_ message: [UInt8]) -> [UInt8] {
        Array(SHA512.hash(data: message))
    }

    public func hmacSHA512(key: [UInt8], message: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA512>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }

    public func x25519(scalar: [UInt8], u: [UInt8]) -> [UInt8] {
        // Some versions refuse what leads to zero, others return it. To the caller the two are the same.
        guard let scalar = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: scalar),
            let u = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: u),
            let shared = try? scalar.sharedSecretFromKeyAgreement(with: u)
        else { return [UInt8](repeating: 0, count: 32) }
        return shared.withUnsafeBytes { Array($0) }
    }
}
