import DoctorCore
import NetworkAddresses
import SignalingTestKit
import Testing

@Suite struct STUNMessageTests {
    /// RFC 5769 section 2.4, with the password as SASLprep leaves it.
    @Test func aRequestWithLongTermCredentialsIsThatOfTheRFC() {
        let transaction: [UInt8] = [0x78, 0xad, 0x34, 0x33, 0xc6, 0xad, 0x72, 0xc0, 0x29, 0xda, 0x41, 0x2e]
        let username = "\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}"
        var request = STUNWriter(0x0001, transaction: transaction)
        request.add(0x0006, username.utf8)
        request.add(0x0015, "f//499k954d6OL34oL9FSTvy64sA".utf8)
        request.add(0x0014, "example.org".utf8)
        request.seal(LongTermCredentials(username: username, password: "TheMatrIX", realm: "example.org"))
        let integrity: [UInt8] = [
            0xf6, 0x70, 0x24, 0x65, 0x6d, 0xd6, 0x4a, 0x3e, 0x02, 0xb8, 0xe0, 0x71, 0x2e, 0x85, 0xc9, 0xa2, 0x8c, 0xa8, 0x96, 0x66,
        ]
        let expected = STUNBytes.message(
            transaction: transaction,
            [
                STUNBytes.attribute(0x0006, Array(username.utf8)), STUNBytes.attribute(0x0015, Array("f//499k954d6OL34oL9FSTvy64sA".utf8)),
                STUNBytes.attribute(0x0014, Array("example.org".utf8)), STUNBytes.attribute(0x0008, integrity),
            ])
        #expect(request.bytes == expected && request.bytes[2...3] == [0x00, 0x60])
    }

    /// RFC 5769 sections 2.2 and 2.3.
    @Test(
        arguments: [
            ([0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43], "192.0.2.1"),
            (
                [
                    0, 2, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
                ], "2001:db8:1234:5678:11:2233:4455:6677"
            ),
        ] as [([UInt8], String)])
    func anAddressIsRead(value: [UInt8], address: String) throws {
        let message = try #require(STUNMessage(STUNBytes.message(type: 0x0101, [STUNBytes.attribute(0x0020, value)])))
        #expect(message.type == 0x0101 && message.transaction == STUNBytes.transaction)
        #expect(message.address(0x0020) == ClientAddress(address))
        #expect(message.address(0x0016) == nil)
    }

    @Test func anErrorIsRead() throws {
        let value: [UInt8] = [0, 0, 4, 38] + Array("Stale Nonce".utf8)
        let message = try #require(STUNMessage(STUNBytes.message(type: 0x0113, [STUNBytes.attribute(0x0009, value)])))
        #expect(message.error?.code == 438 && message.error?.reason == "Stale Nonce")
        let short = try #require(STUNMessage(STUNBytes.message(type: 0x0113, [STUNBytes.attribute(0x0009, [0, 0, 4])])))
        #expect(short.error == nil)
    }

    @Test func ofARepeatedAttributeTheFirstCounts() throws {
        let message = try #require(STUNMessage(STUNBytes.message([STUNBytes.attribute(0x0014, [65]), STUNBytes.attribute(0x0014, [66])])))
        #expect(message.text(0x0014) == "A")
    }

    /// However a message is cut, or whatever a bit of it is changed to, it is read or refused.
    @Test func whatIsNoWholeMessageIsRefused() {
        let whole = STUNBytes.message(type: 0x0101, [STUNBytes.attribute(0x0020, [0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43])])
        for length in 0..<whole.count {
            let part = Array(whole.prefix(length))
            #expect(STUNMessage(part) == nil, "\(length) bytes")
            #expect(STUNMessage.length(ofMessageBeginning: part) == (length < 8 ? nil : whole.count))
        }
        for bit in 0..<whole.count * 8 {
            var changed = whole
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            _ = STUNMessage(changed)?.address(0x0020)
        }
        #expect(STUNMessage(STUNBytes.message(length: 2, [[0, 0]])) == nil)
        #expect(STUNMessage(STUNBytes.message([STUNBytes.attribute(0x0014, [1, 2, 3, 4], length: 5)])) == nil)
        #expect(STUNMessage.length(ofMessageBeginning: Array("HTTP/1.1 400 Bad Request".utf8)) == nil)
    }
}
