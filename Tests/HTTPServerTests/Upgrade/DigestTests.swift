import NIOCore
import Testing

@testable import HTTPServer

@Suite struct DigestTests {
    /// RFC 3174 section 7.3, and FIPS 180's messages whose padding needs a second block.
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        (String(repeating: "a", count: 55), "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
        (String(repeating: "a", count: 56), "c2db330f6083854c99d4b5bfb6e8f29f201be699"),
        (String(repeating: "a", count: 63), "03f09f5b158a7a8cdad920bddc29b81c18a551f5"),
        (String(repeating: "a", count: 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
        (String(repeating: "01234567", count: 80), "dea356a2cddd90c7a7ecedc5ebb563934f460452"),
    ])
    func digestsAreSHA1s(message: String, hex: String) {
        #expect(SHA1.digest(Array(message.utf8).span).text == hex)
    }

    private func encoded(_ bytes: [UInt8]) -> String {
        var buffer = ByteBuffer()
        Base64.write(bytes, into: &buffer)
        return String(buffer: buffer)
    }

    /// RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func bytesAreEncoded(text: String, encoded: String) {
        #expect(self.encoded(Array(text.utf8)) == encoded)
    }

    @Test func allSixtyFourDigitsAreUsed() {
        let bytes: [UInt8] = [
            0x00, 0x10, 0x83, 0x10, 0x51, 0x87, 0x20, 0x92, 0x8B, 0x30, 0xD3, 0x8F, 0x41, 0x14, 0x93, 0x51, 0x55, 0x97, 0x61, 0x96, 0x9B,
            0x71,
            0xD7, 0x9F, 0x82, 0x18, 0xA3, 0x92, 0x59, 0xA7, 0xA2, 0x9A, 0xAB, 0xB2, 0xDB, 0xAF, 0xC3, 0x1C, 0xB3, 0xD3, 0x5D, 0xB7, 0xE3,
            0x9E,
            0xBB, 0xF3, 0xDF, 0xBF,
        ]
        #expect(self.encoded(bytes) == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    }

    @Test func aDigestIsEncodedLikeItsBytes() {
        let digest = SHA1.digest([1, 2, 3].span)
        var buffer = ByteBuffer()
        Base64.write(digest, into: &buffer)
        #expect(String(buffer: buffer) == self.encoded((0..<20).map { digest[$0] }))
    }

    @Test(arguments: [
        ("dGhlIHNhbXBsZSBub25jZQ==", true), ("AAAAAAAAAAAAAAAAAAAAAA==", true), ("/+/+/+/+/+/+/+/+/+/+/w==", true), ("", false),
        ("dGhlIHNhbXBsZSBub25jZQ", false), ("dGhlIHNhbXBsZSBub25jZQ=", false), ("dGhlIHNhbXBsZSBub25jZSE=", false),
        // Bits that belong to no byte must be zero.
        ("dGhlIHNhbXBsZSBub25jZR==", false), ("dGhlIHNhbXBsZSBub25j_Q==", false), (" GhlIHNhbXBsZSBub25jZQ==", false),
        ("dGhlIHNhbXBsZSBub25jZQ==\n", false), ("dGhlIHNhbXBsZSBub25jé==", false),
    ])
    func keysAreSixteenBytes(text: String, isKey: Bool) {
        let bytes = Array(text.utf8)
        #expect(Base64.isSixteenBytes(bytes.span, 0..<bytes.count) == isKey)
    }
}
