import NetworkAddresses
import SignalingTestKit
import Testing

@Suite struct ProxyHeaderTests {
    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let next = Array("GET / HTTP/1.1\r\n".utf8)

    struct Golden: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var source: String?

        init(_ name: String, _ bytes: [UInt8], _ source: String?) {
            (self.testDescription, self.bytes, self.source) = (name, bytes, source)
        }
        init(_ line: String, _ source: String?) { self.init(line, Array(line.utf8) + [0x0D, 0x0A], source) }
    }

    /// A header of version 2 as the specification draws it.
    private static func binary(_ command: UInt8, _ family: UInt8, _ body: [UInt8]) -> [UInt8] {
        self.signature + [command, family, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }

    private static let v4: [UInt8] = [203, 0, 113, 7, 198, 51, 100, 1, 0xDC, 0x04, 0x01, 0xBB]
    private static let v6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7] + [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [
            1
        ]
        + [0xDC, 0x04, 0x01, 0xBB]
    private static let mapped: [UInt8] =
        [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 203, 0, 113, 7] + [UInt8](repeating: 0, count: 20)
    /// A unique identifier, and what was spoken on TLS.
    private static let extensions: [UInt8] = [0x05, 0x00, 0x04, 1, 2, 3, 4, 0x20, 0x00, 0x05, 1, 0, 0, 0, 0]

    static let golden = [
        Golden("PROXY TCP4 203.0.113.7 198.51.100.1 56324 443", "203.0.113.7"),
        Golden("PROXY TCP6 2001:db8::7 2001:db8::1 56324 443", "2001:db8::7"),
        Golden("PROXY TCP6 ::ffff:203.0.113.7 ::ffff:198.51.100.1 0 65535", "203.0.113.7"),
        Golden("PROXY UNKNOWN", nil),
        Golden("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535", nil),
        Golden("TCP over IPv4", Self.binary(0x21, 0x11, Self.v4), "203.0.113.7"),
        Golden("TCP over IPv6", Self.binary(0x21, 0x21, Self.v6), "2001:db8::7"),
        Golden("a mapped address", Self.binary(0x21, 0x21, Self.mapped), "203.0.113.7"),
        Golden("extensions", Self.binary(0x21, 0x11, Self.v4 + Self.extensions), "203.0.113.7"),
        Golden("as long as may be", Self.binary(0x21, 0x11, Self.v4 + [UInt8](repeating: 4, count: 508)), "203.0.113.7"),
        Golden("a health check", Self.binary(0x20, 0x00, []), nil),
        Golden("a health check with addresses", Self.binary(0x20, 0x11, Self.v4), nil),
        Golden("of an unknown family", Self.binary(0x21, 0x00, [1, 2, 3]), nil),
        Golden("of a Unix socket", Self.binary(0x21, 0x31, [UInt8](repeating: 0, count: 216)), nil),
    ]

    private func read(_ bytes: [UInt8]) throws(ProxyHeaderFault) -> ProxyHeader? { try ProxyHeader.read(bytes.span) }

    @Test(arguments: ProxyHeaderTests.golden) func saysWhoseConnectionItIs(_ golden: Golden) throws {
        let header = try #require(try self.read(golden.bytes + Self.next))
        #expect(header.length == golden.bytes.count)
        #expect(header.source == golden.source.flatMap { ClientAddress($0) })
    }

    @Test(arguments: ProxyHeaderTests.golden) func needsAllOfIt(_ golden: Golden) throws {
        for count in golden.bytes.indices { #expect(try self.read(Array(golden.bytes.prefix(count))) == nil, "\(count)") }
    }

    /// The longest line that the specification has.
    @Test func aLineHas107Bytes() throws {
        let line = "PROXY UNKNOWN " + String(repeating: "x", count: 91)
        #expect(try self.read(Array((line + "\r\n").utf8))?.length == 107)
        let longer = Array((line + "x\r\n").utf8)
        #expect(throws: ProxyHeaderFault.tooLong) { try self.read(longer) }
        #expect(throws: ProxyHeaderFault.tooLong) { try self.read(Array(longer.prefix(107))) }
        #expect(try self.read(Array(longer.prefix(106))) == nil)
    }

    @Test(arguments: [
        "PROXY \r\n", "PROXY TCP4\r\n", "PROXY TCP5 203.0.113.7 198.51.100.1 1 2\r\n", "PROXY TCP4 203.0.113.7 198.51.100.1 1\r\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 1 2 3\r\n", "PROXY TCP4  203.0.113.7 198.51.100.1 1 2\r\n",
        "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n", "PROXY TCP6 203.0.113.7 198.51.100.1 1 2\r\n",
        "PROXY TCP4 203.0.113.07 198.51.100.1 1 2\r\n", "PROXY TCP4 203.0.113.7 nowhere 1 2\r\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 65536 2\r\n", "PROXY TCP4 203.0.113.7 198.51.100.1 1 02\r\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 1 +2\r\n", "PROXY TCP4 203.0.113.7 198.51.100.1 1 2\n", "PROXY UNKNOWN\n",
        "PROXY unknown\r\n", "PROXY TCP4 subject:0123456789abcdef 198.51.100.1 1 2\r\n",
    ]) func aLineIsReadStrictly(_ line: String) {
        #expect(throws: ProxyHeaderFault.malformed) { try self.read(Array(line.utf8)) }
    }

    static let malformed: [[UInt8]] = [
        Self.binary(0x11, 0x11, Self.v4), Self.binary(0x22, 0x11, Self.v4), Self.binary(0x21, 0x12, Self.v4),
        Self.binary(0x21, 0x22, Self.v6), Self.binary(0x21, 0x32, Self.v6), Self.binary(0x21, 0x41, Self.v6),
        Self.binary(0x21, 0x11, Array(Self.v4.dropLast())), Self.binary(0x21, 0x21, Array(Self.v6.dropLast())),
        Self.binary(0x21, 0x11, []),
    ]

    @Test(arguments: ProxyHeaderTests.malformed) func aBinaryHeaderIsReadStrictly(_ bytes: [UInt8]) {
        #expect(throws: ProxyHeaderFault.malformed) { try self.read(bytes) }
    }

    /// As soon as its length is there, and before more is kept of it.
    @Test(arguments: [521, 65_535]) func aBinaryHeaderIsBounded(_ length: Int) {
        let fixed = Self.signature + [0x21, 0x11, UInt8(length >> 8), UInt8(length & 0xFF)]
        #expect(throws: ProxyHeaderFault.tooLong) { try self.read(fixed) }
    }

    /// At the first byte that cannot be part of one.
    @Test func anythingElseIsNoHeader() {
        for bytes in [Self.next, [0x16, 0x03, 0x01], [0], Array("PROXX".utf8), Array("proxy ".utf8), Array("\r\nGET".utf8)] {
            #expect(throws: ProxyHeaderFault.missing) { try self.read(bytes) }
        }
        #expect(throws: ProxyHeaderFault.missing) { try self.read(Self.signature.dropLast() + [0]) }
    }
}
