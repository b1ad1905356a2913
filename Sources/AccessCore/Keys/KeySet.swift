import ByteScan
import SignalingWire

/// The keys that tokens are checked with.
package struct KeySet: Sendable {
    private let keys: [VerificationKey]

    /// Keys of a JWK Set.
    package static let mostKeys = 64
    /// Bytes of one.
    package static let longestText = 256 * 1024
    /// Keys without a name that are tried for one token.
    static let mostTried = 8

    package init(_ keys: [VerificationKey] = []) { self.keys = keys }

    package static func + (a: KeySet, b: KeySet) -> KeySet { KeySet(a.keys + b.keys) }

    package var count: Int { self.keys.count }

    enum Check { case valid, invalid, otherAlgorithm, unknown }

    /// The token's algorithm chooses among the keys and says nothing more: a key is used as what it is.
    func check(_ token: SignedToken, _ algorithm: TokenAlgorithm) -> Check {
        let named = self.keys.filter { $0.id != nil && $0.id == token.keyID }
        if named.contains(where: { $0.algorithm != algorithm }) { return .otherAlgorithm }
        if let key = named.first { return key.isValid(token.signature, for: token.signed) ? .valid : .invalid }
        // A token may name no key, or a key may have no name: a shared secret has none.
        let unnamed = self.keys.filter { $0.algorithm == algorithm && (token.keyID == nil || $0.id == nil) }
        for key in unnamed.prefix(Self.mostTried) where key.isValid(token.signature, for: token.signed) { return .valid }
        // Nobody publishes secrets: a newer set of keys would not help.
        if algorithm == .hs256 { return unnamed.isEmpty ? .otherAlgorithm : .invalid }
        return .unknown
    }
}

/// Reads a JWK Set (RFC 7517). Keys that this server has no use for are passed over.
extension KeySet {
    package struct Fault: Error, Equatable { package let reason: String }

    package init(jwks text: [UInt8]) throws(Fault) {
        guard UTF8Validator.isWhole(text.span), let list = try? JSONObject.member("keys", of: text.span), list.isPresent else {
            throw Fault(reason: #"is not a JWK Set: {"keys":[…]}"#)
        }
        let array = Array(text[list.range])
        guard let elements = JSONArray.elements(of: array.span, atMost: Self.mostKeys) else {
            throw Fault(reason: "is not a JWK Set of at most \(Self.mostKeys) keys")
        }
        let keys = elements.compactMap { Self.key(Array(array[$0.range])) }
        guard !keys.isEmpty else { throw Fault(reason: "has no public key for ES256, RS256 or EdDSA") }
        self.init(keys)
    }

    /// Nil for one that is of no use here. A secret among them is none: what is published is no secret.
    private static func key(_ text: [UInt8]) -> VerificationKey? {
        func member(_ name: StaticString) -> String? {
            (try? JSONObject.member(name, of: text.span))?.string(in: text.span, atMost: 2048)
        }
        func bytes(_ name: StaticString) -> [UInt8]? { member(name).flatMap { Base64URL.decode($0.utf8) } }
        if let use = member("use"), use != "sig" { return nil }
        let id = member("kid")
        if let id, id.utf8.count > SignedToken.longestKeyID { return nil }
        let key: VerificationKey? =
            switch (member("kty"), member("crv")) {
            case ("EC", "P-256"):
                if let x = bytes("x"), let y = bytes("y") { .p256(id: id, x: x, y: y) } else { nil }
            case ("OKP", "Ed25519"):
                if let x = bytes("x") { .ed25519(id: id, x: x) } else { nil }
            case ("RSA", _):
                if let modulus = bytes("n"), let exponent = bytes("e") { .rsa(id: id, modulus: modulus, exponent: exponent) } else { nil }
            default: nil
            }
        // One that says it is for PS256, say, is not for RS256.
        if let stated = member("alg"), stated != key?.algorithm.rawValue { return nil }
        return key
    }
}
