import NetworkAddresses
import SignalingCore
import Testing

@Suite struct AddressBlockTests {
    @Test(arguments: [
        ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.1.1"], ["11.0.0.0", "9.255.255.255", "::a00:1"]),
        ("10.1.2.3/8", ["10.9.9.9"], ["11.1.2.3"]),
        ("192.0.2.128/25", ["192.0.2.128", "192.0.2.255"], ["192.0.2.127"]),
        ("192.0.2.1", ["192.0.2.1"], ["192.0.2.0", "192.0.2.2"]),
        ("192.0.2.1/32", ["192.0.2.1"], ["192.0.2.0"]),
        ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "2001:db8::1"]),
        ("::/0", ["::", "2001:db8::1"], ["1.2.3.4"]),
        ("::1/128", ["::1"], ["::2", "::"]),
        ("2001:db8::/32", ["2001:db8:ffff::1"], ["2001:db9::"]),
        ("2001:db8::/64", ["2001:db8::ffff:ffff:ffff:ffff"], ["2001:db8:0:1::"]),
        ("2001:db8::8000/113", ["2001:db8::8000", "2001:db8::ffff"], ["2001:db8::7fff"]),
        ("2001:db8::1", ["2001:db8::1"], ["2001:db8::2"]),
        ("::ffff:10.0.0.0/104", ["10.2.3.4"], ["11.0.0.1"]),
        ("::ffff:0:0/96", ["1.2.3.4"], ["::1"]),
    ])
    func contains(block text: String, inside: [String], outside: [String]) throws {
        let block = try #require(AddressBlock(text))
        for address in inside { #expect(block.contains(try #require(ClientAddress(address))), "\(address)") }
        for address in outside { #expect(!block.contains(try #require(ClientAddress(address))), "\(address)") }
    }

    /// What is asked about is one thing to every program, or it is refused with what would have to be written.
    @Test(
        arguments: [
            ("10.0.0.0/08", .zeroPadded("10.0.0.0/8")), ("10.1.2.3/016", .zeroPadded("10.1.0.0/16")), ("::/00", .zeroPadded("::/0")),
            ("10.0.0.0/033", .tooLong(limit: 32)), ("10.0.0.0/33", .tooLong(limit: 32)), ("::/129", .tooLong(limit: 128)),
            ("::/999", .tooLong(limit: 128)), ("::ffff:0:0/95", .widerThanIPv4), ("::ffff:1.2.3.4/0", .widerThanIPv4),
            ("::ffff:0:0/090", .widerThanIPv4), ("10.0.0.0/1000", .malformed), ("10.0.0.0/", .malformed), ("/8", .malformed),
            ("10.0.0/8", .malformed), ("010.0.0.0/8", .malformed), ("10.0.0.0/8/8", .malformed), ("10.0.0.0/-8", .malformed),
        ] as [(String, Expected)])
    func saysWhatIsWrong(text: String, expected: Expected) throws {
        let refusal = #expect(throws: AddressBlock.Refusal.self) { try AddressBlock(parsing: text) }
        #expect(try refusal == expected.refusal)
        #expect(AddressBlock(text) == nil)
    }

    enum Expected {
        case malformed, widerThanIPv4, tooLong(limit: Int), zeroPadded(String)

        var refusal: AddressBlock.Refusal {
            get throws {
                switch self {
                case .malformed: .malformed
                case .widerThanIPv4: .widerThanIPv4
                case .tooLong(let limit): .tooLong(limit: limit)
                case .zeroPadded(let meant): .zeroPadded(meant: try #require(AddressBlock(meant)))
                }
            }
        }
    }

    @Test(arguments: [("10.1.2.3/8", "10.0.0.0/8"), ("::ffff:1.2.3.4", "1.2.3.4/32"), ("2001:DB8::1", "2001:db8::1/128"), ("::/0", "::/0")])
    func isPrintedAsItIsReadBack(text: String, printed: String) throws {
        #expect(AddressBlock(text)?.text == printed)
        #expect(AddressBlock(printed) == AddressBlock(text))
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.0/8 ", "10/8",
        "10.0.0.0/999999999999", "::ffff:0:0/95", "localhost", "/8", "10.0.0.0/a", "[::1]/128",
    ])
    func refuses(text: String) {
        #expect(AddressBlock(text) == nil)
    }

    @Test func bitsBeyondTheLengthAreDropped() throws {
        let block = try #require(AddressBlock("10.1.2.3/8"))
        #expect(block.network.text == "10.0.0.0")
        #expect(block.prefixLength == 8)
        #expect(block == AddressBlock("::ffff:10.0.0.0/104"))
    }
}
