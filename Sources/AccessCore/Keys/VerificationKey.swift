import Crypto
import CryptoExtras

/// A key that tokens are checked with, and the one algorithm that it is for.
package struct VerificationKey: Sendable {
    private enum Material: Sendable {
        case secret(SymmetricKey)
        case p256(P256.Signing.PublicKey)
        case rsa(_RSA.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    /// The name that tokens call it by; nil where it has none.
    let id: String?
    private let material: Material

    /// Bytes of a secret, at least (RFC 7518 section 3.2).
    package static let shortestSecret = 32

    /// A secret for HS256; nil if it is too short.
    package init?(secret: [UInt8]) {
        guard secret.count >= Self.shortestSecret else { return nil }
        self.init(nil, .secret(SymmetricKey(data: secret)))
    }

    private init(_ id: String?, _ material: Material) {
        self.id = id
        self.material = material
    }

    /// Nil for numbers that are no point of the curve.
    static func p256(id: String?, x: [UInt8], y: [UInt8]) -> VerificationKey? {
        guard x.count == 32, y.count == 32 else { return nil }
        return (try? P256.Signing.PublicKey(rawRepresentation: x + y)).map { VerificationKey(id, .p256($0)) }
    }

    /// Nil for a modulus of fewer than 2048 bits (RFC 7518 section 3.3), or of more than 4096: checking costs too much with those.
    static func rsa(id: String?, modulus: [UInt8], exponent: [UInt8]) -> VerificationKey? {
        guard (256...512).contains(modulus.drop { $0 == 0 }.count), exponent.count <= 8 else { return nil }
        return (try? _RSA.Signing.PublicKey(n: modulus, e: exponent)).map { VerificationKey(id, .rsa($0)) }
    }

    static func ed25519(id: String?, x: [UInt8]) -> VerificationKey? {
        (try? Curve25519.Signing.PublicKey(rawRepresentation: x)).map { VerificationKey(id, .ed25519($0)) }
    }

    var algorithm: TokenAlgorithm {
        switch self.material {
        case .secret: .hs256
        case .p256: .es256
        case .rsa: .rs256
        case .ed25519: .edDSA
        }
    }

    /// By the key's own algorithm, whatever the token says.
    func isValid(_ signature: [UInt8], for text: [UInt8]) -> Bool {
        switch self.material {
        case .secret(let key):
            // Compares in constant time.
            return HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: text, using: key)
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: text)
        case .rsa(let key):
            // RS256 is this padding; what is called insecure in it concerns encryption.
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: text, padding: .insecurePKCS1v1_5)
        case .ed25519(let key):
            return key.isValidSignature(signature, for: text)
        }
    }
}
