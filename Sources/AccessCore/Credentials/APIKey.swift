import ByteScan
import Crypto

/// A key that shows who a caller is: 32 random bytes. Its text is Base64 for URLs, without padding.
package struct APIKey: Sendable {
    package static let length = 32
    /// Characters of its text.
    static let textLength = 43

    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.length)
        self.bytes = bytes
    }

    /// Nil for what no key is written like.
    package init?(text: [UInt8]) {
        guard text.count == Self.textLength, let bytes = Base64URL.decode(text), bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    package var text: String { String(decoding: Base64URL.encode(self.bytes), as: UTF8.self) }

    /// What the server keeps of it: whoever reads that cannot make the key of it.
    package var digest: APIKeyDigest { APIKeyDigest(SHA256.hash(data: self.bytes)) }
}

/// The SHA-256 of a key.
package struct APIKeyDigest: Sendable, Hashable {
    private let words: SIMD4<UInt64>

    init(_ digest: SHA256.Digest) {
        self.words = digest.withUnsafeBytes { bytes in
            // The digest has 32 bytes.
            SIMD4(
                bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
        }
    }

    /// Nil for what is not 64 hexadecimal digits.
    init?(hex: some Collection<UInt8>) {
        guard hex.count == 64 else { return nil }
        var words = SIMD4<UInt64>()
        for (position, digit) in hex.enumerated() {
            guard let value = Hex.value(digit) else { return nil }
            words[position / 16] = words[position / 16] << 4 | UInt64(value)
        }
        self.words = SIMD4(words[0].bigEndian, words[1].bigEndian, words[2].bigEndian, words[3].bigEndian)
    }

    package var hex: String { (0..<4).map { Hex.text(UInt64(bigEndian: self.words[$0])) }.joined() }

    /// 0 if they are equal, found out in a time that does not depend on where they differ.
    func difference(to other: APIKeyDigest) -> UInt64 {
        let difference = self.words ^ other.words
        return difference[0] | difference[1] | difference[2] | difference[3]
    }
}
