import ByteScan
import SignalingWire

/// A JWT as it was shown (RFC 7519, in the compact form of RFC 7515): taken apart, and nothing of it believed yet.
package struct SignedToken: Sendable {
    /// Nil for one that no key of this server is for, `none` among them.
    let algorithm: TokenAlgorithm?
    /// The name of the key that it says it was signed with.
    let keyID: String?
    /// The bytes that the signature is over.
    let signed: [UInt8]
    let signature: [UInt8]
    /// A JSON object in UTF-8.
    let payload: [UInt8]

    /// Bytes of a key's name.
    static let longestKeyID = 256

    package init(_ text: [UInt8]) throws(AccessRefusal) {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), UTF8Validator.isWhole(header.span), UTF8Validator.isWhole(payload.span)
        else { throw .malformed }
        let head = JSONMembers(header)
        guard let algorithm = try head.text("alg", atMost: 64, otherwise: .malformed) else { throw .malformed }
        // What it demands besides is not done here, so that it must be refused (RFC 7515 section 4.1.11).
        guard try !head.has("crit") else { throw .malformed }
        self.algorithm = TokenAlgorithm(rawValue: algorithm)
        self.keyID = try head.text("kid", atMost: Self.longestKeyID, otherwise: .malformed)
        self.signed = Array(text[..<parts[1].endIndex])
        self.signature = signature
        self.payload = payload
    }

    /// Whether a text has the three parts of a token; it may be none for all that.
    package static func isLike(_ text: [UInt8]) -> Bool { text.count { $0 == UInt8(ascii: ".") } == 2 }
}
