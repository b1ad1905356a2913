import STUNCore
import SignalingTestKit
import Testing

@Suite struct BindingRequestTests {
    private static let plain = STUNBytes.message()
    private static let software = STUNBytes.attribute(0x8022, Array("test".utf8))

    private func read(_ bytes: [UInt8]) -> BindingRequest? { BindingRequest(bytes.span.bytes) }

    @Test(
        arguments: [
            ("without attributes", plain), ("with an attribute that need not be understood", STUNBytes.message([software])),
            ("with one that is padded", STUNBytes.message([STUNBytes.attribute(0x8022, [1, 2, 3, 4, 5])])),
            ("with an empty one", STUNBytes.message([STUNBytes.attribute(0xffff)])),
            ("with padding that is not zero", STUNBytes.message([[0x80, 0x22, 0, 1, 9, 9, 9, 9]])),
            ("with FINGERPRINT", STUNBytes.fingerprinted(plain)),
            ("with FINGERPRINT behind others", STUNBytes.fingerprinted(STUNBytes.message([software]))),
            (
                "with credentials",
                STUNBytes.message([STUNBytes.attribute(0x0006, [1]), STUNBytes.attribute(0x0008, .init(repeating: 7, count: 20))])
            ),
            (
                "with what RFC 8489 knows in responses alone",
                STUNBytes.message([STUNBytes.attribute(0x0020, .init(repeating: 0, count: 8))])
            ),
            (
                "with credentials, and behind them what nobody vouches for",
                STUNBytes.message([STUNBytes.attribute(0x001c, .init(repeating: 7, count: 32)), STUNBytes.attribute(0x0024, [0, 0, 0, 1])])
            ),
            ("of another transaction", STUNBytes.message(transaction: .init(repeating: 0xff, count: 12))),
            ("of the longest datagram", STUNBytes.message([STUNBytes.attribute(0x8022, .init(repeating: 1, count: 1256))])),
        ] as [(String, [UInt8])])
    func aRequestIsRead(what: String, bytes: [UInt8]) throws {
        let request = try #require(self.read(bytes), "\(what)")
        #expect(request.unknown == [] && request.length == bytes.count, "\(what)")
    }

    @Test(
        arguments: [
            ("nothing", []), ("19 bytes", Array(plain.dropLast())), ("a byte more than it says", plain + [0]),
            ("four bytes more than it says", plain + [0, 0, 0, 0]), ("four bytes fewer", STUNBytes.message(length: 4)),
            ("a length that is no multiple of four", STUNBytes.message(length: 2, [[0, 0]])),
            ("another cookie, as in RFC 3489", STUNBytes.message(cookie: 0x2112_a443)), ("an indication", STUNBytes.message(type: 0x0011)),
            ("a success response", STUNBytes.message(type: 0x0101)), ("an error response", STUNBytes.message(type: 0x0111)),
            ("another method: Allocate", STUNBytes.message(type: 0x0003)), ("no STUN: RTP", STUNBytes.message(type: 0x8001)),
            ("no STUN: DTLS", STUNBytes.message(type: 0x4001)),
            ("an attribute past the end", STUNBytes.message([STUNBytes.attribute(0x8022, [1, 2, 3, 4], length: 5)])),
            ("an attribute of 65,535 bytes", STUNBytes.message([STUNBytes.attribute(0x8022, [1, 2, 3, 4], length: .max)])),
            ("a FINGERPRINT of another message", Array(STUNBytes.fingerprinted(plain).dropLast()) + [0]),
            ("a FINGERPRINT that is not last", STUNBytes.message([Array(STUNBytes.fingerprinted(plain)[20...]), software])),
            ("a FINGERPRINT of no bytes", STUNBytes.message([STUNBytes.attribute(0x8028)])),
            ("a FINGERPRINT of eight bytes", STUNBytes.message([STUNBytes.attribute(0x8028, .init(repeating: 0, count: 8))])),
        ] as [(String, [UInt8])])
    func whatIsNoneIsNotRead(what: String, bytes: [UInt8]) { #expect(self.read(bytes) == nil, "\(what)") }

    /// The first bytes of what a browser sends, however they are cut, are no request.
    @Test func aPartIsNoRequest() {
        let whole = STUNBytes.fingerprinted(STUNBytes.message([Self.software]))
        for length in 0..<whole.count { #expect(self.read(Array(whole.prefix(length))) == nil, "\(length) bytes") }
    }

    @Test func aChangedBitIsNoticedWhereverItIs() {
        let whole = STUNBytes.fingerprinted(Self.plain)
        for bit in 0..<whole.count * 8 {
            var changed = whole
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            // What makes another attribute of it takes FINGERPRINT away.
            if (20 * 8..<22 * 8).contains(bit) { continue }
            #expect(self.read(changed) == nil, "bit \(bit)")
        }
    }

    @Test(
        arguments: [
            ([0x0024], [0x0024]), ([0x0003, 0x7fff], [0x0003, 0x7fff]), ([0x0024, 0x0025, 0x0024], [0x0024, 0x0025]),
            ([0x8022, 0x0024, 0x0006], [0x0024]), ([0x0008, 0x0024], []), ([0x0024, 0x0008, 0x0025], [0x0024]),
        ] as [([UInt16], [UInt16])])
    func whatMustBeUnderstoodAndIsNotIsNamed(types: [UInt16], unknown: [UInt16]) throws {
        let bytes = STUNBytes.message(types.map { STUNBytes.attribute($0, [0, 0, 0, 1]) })
        #expect(try #require(self.read(bytes)).unknown == unknown)
    }

    @Test func ofManyTheFirstAreNamed() throws {
        let types = (0x4000..<0x4100).map { UInt16($0) }
        let request = try #require(self.read(STUNBytes.message(types.map { STUNBytes.attribute($0) })))
        #expect(request.unknown == Array(types.prefix(BindingRequest.mostUnknown)))
    }
}
