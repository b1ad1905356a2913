import ByteScan

/// SHA-1 (RFC 3174), not for security: with it a handshake's response shows that the server has read the key (RFC 6455), and an ETag tells
/// versions of the server's own files apart. A cryptography library for these twenty bytes would double the build.
struct SHA1 {
    /// Twenty bytes.
    struct Digest: Sendable, Equatable {
        fileprivate(set) var words: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
            0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0
        )

        subscript(index: Int) -> UInt8 {
            let word =
                switch index >> 2 {
                case 0: self.words.0
                case 1: self.words.1
                case 2: self.words.2
                case 3: self.words.3
                default: self.words.4
                }
            return UInt8(truncatingIfNeeded: word >> UInt32(24 - (index & 3) * 8))
        }

        /// Forty hexadecimal digits.
        var text: String {
            let digits = (0..<40).map { Hex.digit(self[$0 >> 1] >> ($0 & 1 == 0 ? 4 : 0) & 15) }
            return String(decoding: digits, as: UTF8.self)
        }

        static func == (one: Digest, other: Digest) -> Bool { one.words == other.words }
    }

    private var digest = Digest()
    /// The block that is being filled. Each byte is shifted into its word from below, so that four replace what it held before.
    private var block = SIMD16<UInt32>()
    private var count = 0

    /// The digest of a handshake's key, 24 bytes, and the constant behind it (RFC 6455 section 1.3).
    static func accept(key: Span<UInt8>) -> Digest {
        var sum = SHA1()
        sum.take(key)
        let suffix: StaticString = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        // The literal is ASCII, hence pointer-backed, and the offsets stay below its length.
        for offset in 0..<suffix.utf8CodeUnitCount { sum.take(suffix.utf8Start[offset]) }
        return sum.finish()
    }

    static func digest(_ message: Span<UInt8>) -> Digest {
        var sum = SHA1()
        sum.take(message)
        return sum.finish()
    }

    private mutating func take(_ message: Span<UInt8>) {
        for index in message.indices { self.take(message[index]) }
    }

    private mutating func take(_ byte: UInt8) {
        let word = self.count >> 2 & 15
        self.block[word] = self.block[word] << 8 | UInt32(byte)
        self.count += 1
        if self.count & 63 == 0 { self.mix() }
    }

    /// A bit, zeros, and the length in bits fill the last block.
    private mutating func finish() -> Digest {
        let bits = UInt64(self.count) * 8
        self.take(0x80)
        while self.count & 63 != 56 { self.take(0) }
        for shift in stride(from: 56 as UInt64, through: 0, by: -8) { self.take(UInt8(truncatingIfNeeded: bits >> shift)) }
        return self.digest
    }

    private mutating func mix() {
        var (a, b, c, d, e) = self.digest.words
        // The sixteen words that the next ones follow from.
        var words = self.block
        for index in 0..<80 {
            let at = index & 15
            if index >= 16 {
                words[at] = Self.rotate(words[(index + 13) & 15] ^ words[(index + 8) & 15] ^ words[(index + 2) & 15] ^ words[at], 1)
            }
            let (choice, constant): (UInt32, UInt32) =
                switch index {
                case ..<20: ((b & c) | (~b & d), 0x5A82_7999)
                case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                case ..<60: ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            let next = Self.rotate(a, 5) &+ choice &+ e &+ constant &+ words[at]
            (a, b, c, d, e) = (next, a, Self.rotate(b, 30), c, d)
        }
        let old = self.digest.words
        self.digest.words = (old.0 &+ a, old.1 &+ b, old.2 &+ c, old.3 &+ d, old.4 &+ e)
    }

    private static func rotate(_ word: UInt32, _ bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }
}
