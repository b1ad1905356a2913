import NetworkAddresses
import STUNCore
import SignalingTestKit
import Testing

@Suite struct BindingResponseTests {
    private static let v4 = ClientAddress.v4(0xc000_0201)
    private static let v6 = ClientAddress.v6(high: 0x2001_0db8_1234_5678, low: 0x0011_2233_4455_6677)

    private func response(to bytes: [UInt8], from source: ClientAddress, port: UInt16 = 32853) throws -> [UInt8] {
        var response: [UInt8] = [1, 2, 3]
        let request = BindingRequest(bytes.span.bytes)
        try #require(request).writeResponse(to: source, port: port, into: &response)
        return response
    }

    @Test func anIPv4AddressIsTold() throws {
        let response = try self.response(to: STUNBytes.message(), from: Self.v4)
        #expect(response.count == 40)
        let reply = try #require(STUNReply(response))
        #expect(reply.mapped == Self.v4 && reply.port == 32853 && reply.hasFingerprint && reply.transaction == STUNBytes.transaction)
    }

    @Test func anIPv6AddressIsTold() throws {
        let response = try self.response(to: STUNBytes.fingerprinted(STUNBytes.message()), from: Self.v6)
        #expect(response.count == 52)
        let reply = try #require(STUNReply(response))
        #expect(reply.mapped == Self.v6 && reply.port == 32853 && reply.hasFingerprint)
    }

    /// A socket for both families has IPv4 clients as IPv4-mapped addresses.
    @Test func anIPv4MappedAddressIsToldAsIPv4() throws {
        let response = try self.response(to: STUNBytes.message(), from: .v6(high: 0, low: 0xffff_c000_0201))
        #expect(try #require(STUNReply(response)).mapped == Self.v4)
    }

    /// RFC 5769, 2.2 and 2.3: its responses have SOFTWARE and MESSAGE-INTEGRITY too.
    @Test(
        arguments: [
            (v4, [0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]),
            (
                v6,
                [
                    0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5,
                    0xbe, 0xd2, 0xb9, 0xd9,
                ]
            ),
        ] as [(ClientAddress, [UInt8])])
    func theAddressesOfRFC5769(source: ClientAddress, attribute: [UInt8]) throws {
        let response = try self.response(to: STUNBytes.message(), from: source)
        #expect(Array(response[20..<20 + attribute.count]) == attribute)
        #expect(Array(response[0..<2]) == [1, 1] && Array(response[4..<20]) == [0x21, 0x12, 0xa4, 0x42] + STUNBytes.transaction)
    }

    @Test func whatIsNotUnderstoodIsTold() throws {
        let bytes = STUNBytes.message([STUNBytes.attribute(0x0024, [0, 0, 0, 1]), STUNBytes.attribute(0x0003, [0, 0, 0, 6])])
        let reply = try #require(STUNReply(self.response(to: bytes, from: Self.v4)))
        #expect(reply.error == 420 && reply.unknown == [0x0024, 0x0003] && reply.mapped == nil && reply.hasFingerprint)
    }

    /// RFC 5769, 2.1: a request of ICE, which asks for more than a server without sessions knows.
    @Test func theRequestOfRFC5769() throws {
        let attributes: [[UInt8]] = [
            STUNBytes.attribute(0x8022, Array("STUN test client".utf8)), STUNBytes.attribute(0x0024, [0x6e, 0x00, 0x01, 0xff]),
            STUNBytes.attribute(0x8029, [0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36]),
            // Padded with blanks.
            [0x00, 0x06, 0x00, 0x09] + Array("evtj:h6vY   ".utf8),
            STUNBytes.attribute(
                0x0008,
                [
                    0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71, 0xa2,
                ]),
            STUNBytes.attribute(0x8028, [0xe5, 0x7a, 0x3b, 0xcf]),
        ]
        let reply = try #require(STUNReply(self.response(to: STUNBytes.message(attributes), from: Self.v4)))
        #expect(reply.error == 420 && reply.unknown == [0x0024] && reply.hasFingerprint)
    }

    /// RFC 5769, 2.4: credentials for another server.
    @Test func theRequestWithCredentialsOfRFC5769() throws {
        let attributes: [[UInt8]] = [
            STUNBytes.attribute(0x0006, Array("マトリックス".utf8)), STUNBytes.attribute(0x0015, Array("f//499k954d6OL34oL9FSTvy64sA".utf8)),
            STUNBytes.attribute(0x0014, Array("example.org".utf8)),
            STUNBytes.attribute(
                0x0008,
                [
                    0xf6, 0x70, 0x24, 0x65, 0x6d, 0xd6, 0x4a, 0x3e, 0x02, 0xb8, 0xe0, 0x71, 0x2e, 0x85, 0xc9, 0xa2, 0x8c, 0xa8, 0x96, 0x66,
                ]),
        ]
        let reply = try #require(STUNReply(self.response(to: STUNBytes.message(attributes), from: Self.v4)))
        #expect(reply.mapped == Self.v4)
    }

    /// Whatever the request, its response is one that clients read, of at most twice its bytes, but for the shortest that tells an IPv6
    /// address. With the heads of IP and UDP no response is worth forging a request for.
    @Test(arguments: [v4, v6])
    func noResponseIsMuchLongerThanItsRequest(source: ClientAddress) throws {
        for count in 0..<80 {
            for isKnown in [true, false] {
                let attributes = (0..<count).map { STUNBytes.attribute(UInt16((isKnown ? 0x8100 : 0x4000) + $0)) }
                for bytes in [STUNBytes.message(attributes), STUNBytes.fingerprinted(STUNBytes.message(attributes))] {
                    let response = try self.response(to: bytes, from: source)
                    let reply = try #require(STUNReply(response))
                    #expect(reply.mapped == (isKnown || count == 0 ? source : nil))
                    #expect(response.count <= BindingRequest.longestResponse)
                    let isShortest = source == Self.v6 && bytes.count == 20
                    #expect(response.count <= (isShortest ? 44 : 2 * bytes.count), "to \(bytes.count) bytes")
                    let heads = source == Self.v6 ? 48 : 28
                    #expect(2 * (heads + response.count) <= 3 * (heads + bytes.count), "to \(bytes.count) bytes")
                    // FINGERPRINT is left out only where it does not fit.
                    #expect(reply.hasFingerprint || response.count + 8 > 2 * bytes.count)
                }
            }
        }
    }
}
