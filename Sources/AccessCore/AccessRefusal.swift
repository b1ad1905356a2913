/// Why somebody may not use the server.
package enum AccessRefusal: String, Error, Sendable, Hashable, CaseIterable {
    case missing
    case repeated
    case scheme
    case unknownKey = "unknown_key"
    case malformed
    case algorithm
    case unknownSigner = "unknown_signer"
    case signature
    case noExpiry = "no_expiry"
    case expired
    case notYetValid = "not_yet_valid"
    case issuer
    case audience
    case claims
    /// The webhook does not know the caller, or knows that it may not.
    case unauthorized
    case forbidden

    /// What the caller is told: what to do about it. It says nothing of the keys.
    package var advice: String {
        switch self {
        case .missing: "this server asks who you are: send Authorization: Bearer … with the key or the token that its operator gave you"
        case .repeated: "send one Authorization field"
        case .scheme: "send the key or the token as Authorization: Bearer …"
        case .unknownKey: "the key is none of this server's: ask its operator for one"
        case .malformed: "the token is not a signed JWT: three parts of Base64url with a JSON object in each of the first two"
        case .algorithm:
            "the token's algorithm is not that of any of this server's keys: use HS256, ES256, RS256 or EdDSA, as its operator says"
        case .unknownSigner: "the token's key is not known to this server: ask for a new token"
        case .signature: "the token's signature is wrong"
        case .noExpiry: "the token has no exp: it must say when it expires"
        case .expired: "the token has expired: ask for a new one"
        case .notYetValid: "the token is not valid yet: compare the clocks"
        case .issuer: "the token is from another issuer (iss) than this server's operator expects"
        case .audience: "the token is for another audience (aud) than this server"
        case .claims: "a claim of the token is repeated, or is not of the type that it should have"
        case .unauthorized: "who you are is not known, or may not use this server: sign in again"
        case .forbidden: "you may not do that here"
        }
    }

    /// Whether something was shown that was wrong, and not nothing at all.
    package var isOfCredentials: Bool { self != .missing && self != .scheme && self != .repeated }
}
