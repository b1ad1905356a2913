import AccessCore
import ByteScan
import Crypto
import CryptoExtras

/// Makes tokens, good and bad, and the keys that check them.
enum TokenMaker {
    static let now = 1_769_860_800.0
    static let secret = Array("a secret that has more than thirty-two bytes".utf8)
    static let p256 = P256.Signing.PrivateKey()
    static let ed25519 = Curve25519.Signing.PrivateKey()
    /// Made once: it takes a while.
    static let rsa: _RSA.Signing.PrivateKey? = try? _RSA.Signing.PrivateKey(keySize: .bits2048)

    static let claims = #"{"sub":"alice","iss":"https://id.example","aud":"signal","exp":1769861100,"nbf":1769860700}"#

    static func token(_ header: String, _ claims: String = Self.claims, sign: (String) throws -> [UInt8]) rethrows -> [UInt8] {
        let signed = Self.text(Array(header.utf8)) + "." + Self.text(Array(claims.utf8))
        return Array((signed + "." + Self.text(try sign(signed))).utf8)
    }

    static func hs256(_ claims: String = Self.claims, header: String = #"{"alg":"HS256","typ":"JWT"}"#, secret: [UInt8] = Self.secret)
        -> [UInt8]
    {
        Self.token(header, claims) { text in
            Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: secret)))
        }
    }

    static func es256(_ claims: String = Self.claims, kid: String? = "ec", key: P256.Signing.PrivateKey = Self.p256) throws -> [UInt8] {
        try Self.token(Self.header("ES256", kid), claims) { Array(try key.signature(for: Array($0.utf8)).rawRepresentation) }
    }

    static func edDSA(_ claims: String = Self.claims, kid: String? = "ed") throws -> [UInt8] {
        try Self.token(Self.header("EdDSA", kid), claims) { Array(try Self.ed25519.signature(for: Array($0.utf8))) }
    }

    static func rs256(_ claims: String = Self.claims, kid: String? = "rsa") throws -> [UInt8] {
        try Self.token(Self.header("RS256", kid), claims) { text in
            guard let key = Self.rsa else { return [] }
            return Array(try key.signature(for: Array(text.utf8), padding: .insecurePKCS1v1_5).rawRepresentation)
        }
    }

    static func header(_ algorithm: String, _ kid: String?) -> String {
        kid.map { #"{"alg":"\#(algorithm)","kid":"\#($0)"}"# } ?? #"{"alg":"\#(algorithm)"}"#
    }

    static func text(_ bytes: [UInt8]) -> String { String(decoding: Base64URL.encode(bytes), as: UTF8.self) }

    // MARK: - Keys as they are published

    static func jwk(p256 key: P256.Signing.PublicKey, kid: String?, _ more: String = "") -> String {
        let point = Array(key.rawRepresentation)
        let name = kid.map { #","kid":"\#($0)""# } ?? ""
        return
            #"{"kty":"EC","crv":"P-256","x":"\#(Self.text(Array(point[..<32])))","y":"\#(Self.text(Array(point[32...])))"\#(name)\#(more)}"#
    }

    static func jwkOfEd25519(kid: String) -> String {
        #"{"kty":"OKP","crv":"Ed25519","x":"\#(Self.text(Array(Self.ed25519.publicKey.rawRepresentation)))","kid":"\#(kid)"}"#
    }

    static func jwkOfRSA(kid: String, _ more: String = "") -> String {
        guard let primitives = try? Self.rsa?.publicKey.getKeyPrimitives() else { return "{}" }
        let (n, e) = (Self.text(Array(primitives.modulus)), Self.text(Array(primitives.publicExponent)))
        return #"{"kty":"RSA","n":"\#(n)","e":"\#(e)","kid":"\#(kid)"\#(more)}"#
    }

    static func set(_ keys: String...) throws -> KeySet { try KeySet(jwks: Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8)) }

    static func all() throws -> KeySet {
        try Self.set(Self.jwk(p256: Self.p256.publicKey, kid: "ec"), Self.jwkOfEd25519(kid: "ed"), Self.jwkOfRSA(kid: "rsa"))
    }

    static var shared: KeySet { KeySet([VerificationKey(secret: Self.secret)].compactMap { $0 }) }
}

extension TokenRules {
    /// What becomes of a token; one that is none is refused.
    func verdict(on text: [UInt8], _ keys: KeySet, now: Double = TokenMaker.now) -> Verdict {
        do throws(AccessRefusal) {
            return self.verdict(on: try SignedToken(text), keys: keys, now: now)
        } catch {
            return .refused(error)
        }
    }
}
