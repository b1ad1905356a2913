import NetworkAddresses
import SignalingCore
import SignalingTestKit
import Testing

@Suite struct ClientAddressTests {
    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0"), ("192.0.2.1", "192.0.2.1"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"), ("0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("::1.2.3.4", "::102:304"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("::ffff:c000:201", "192.0.2.1"), ("0:0:0:0:0:FFFF:1.2.3.4", "1.2.3.4"),
        ("::fffe:1.2.3.4", "::fffe:102:304"),
    ])
    func readsAndWrites(text: String, canonical: String) throws {
        let address = try #require(ClientAddress(text))
        #expect(address.text == canonical)
        #expect(address.logText(full: true) == canonical)
        #expect(ClientAddress(canonical) == address)
    }

    @Test(arguments: [
        "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.00", "1.2.3.", ".1.2.3", "1..2.3", "0x1.2.3.4",
        "+1.2.3.4", "1.2.3.4 ", "1.2.3.4:80", "1.2.3.1234", "localhost", "unknown",
        ":", ":::", "1:", ":1", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1::2::3", "1:::2",
        "12345::", "g::1", "::1%eth0", "[::1]", "::1.2.3", "::1.2.3.04", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "fe80::1 ",
        "::\u{661}",
    ])
    func refuses(text: String) {
        #expect(ClientAddress(text) == nil)
    }

    @Test func addressesOfThisMachineAreTold() {
        let own = ["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"]
        let others = ["126.255.255.255", "128.0.0.0", "0.0.0.0", "::", "::2", "1::1", "::ffff:192.0.2.1"]
        #expect(own.allSatisfy { ClientAddress($0)?.isLoopback == true })
        #expect(others.allSatisfy { ClientAddress($0)?.isLoopback == false })
        #expect(!ClientAddress.subject(1).isLoopback)
    }

    @Test func everyAddressComesBackFromItsText() {
        var generator = SplitMix64(seed: 8)
        for _ in 0..<5_000 {
            // Masked at random by groups, so that runs of zeros of every length occur.
            func word() -> UInt64 {
                (0..<4).reduce(0) { word, _ in
                    word << 16 | (Bool.random(using: &generator) ? 0 : UInt64.random(in: 0...20, using: &generator))
                }
            }
            let address = ClientAddress.v6(high: word(), low: word()).unmapped
            #expect(ClientAddress(address.text) == address)
            #expect(!address.text.contains(":::"))
            let v4 = ClientAddress.v4(UInt32.random(in: 0...UInt32.max, using: &generator))
            #expect(ClientAddress(v4.text) == v4)
        }
    }

    /// A reader of untrusted text: any bytes give an address or nothing, and an address reads back as itself.
    @Test func arbitraryTextIsHarmless() {
        var generator = SplitMix64(seed: 12)
        let alphabet = Array("0123456789abcf:::...[]%\"/ ")
        var read = 0
        for _ in 0..<5_000 {
            let text = String((0..<Int.random(in: 0...16, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? ":" })
            if let address = ClientAddress(text) {
                read += 1
                #expect(ClientAddress(address.text) == address)
                #expect(ClientAddress(forwardedEntry: text) == address)
            }
            _ = ClientAddress(forwardedEntry: text)
            _ = AddressBlock(text)
        }
        #expect(read > 10)
    }

    @Test(arguments: [
        ("1.2.3.4", "1.2.3.4"), (" 1.2.3.4\t", "1.2.3.4"), ("1.2.3.4:567", "1.2.3.4"), ("1.2.3.4:0", "1.2.3.4"),
        ("1.2.3.4:00080", "1.2.3.4"),
        ("\"1.2.3.4:567\"", "1.2.3.4"), ("::1", "::1"), ("[::1]", "::1"), ("[2001:db8::1]:443", "2001:db8::1"),
        ("\"[2001:db8::1]:443\"", "2001:db8::1"), ("\"2001:db8::1\"", "2001:db8::1"), ("[::ffff:1.2.3.4]:5", "1.2.3.4"),
    ])
    func forwardedEntriesMayCarryAPort(text: String, canonical: String) {
        #expect(ClientAddress(forwardedEntry: text)?.text == canonical)
    }

    @Test(arguments: [
        "", "unknown", "_hidden", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:http", "1.2.3.4:000080", "[1.2.3.4]", "[::1", "::1]", "[::1]443",
        "[::1]:",
        "[]", "\"", "\"1.2.3.4", "1.2.3.4\"", "\"\"", "1.2.3.4 5", "for=1.2.3.4",
    ])
    func otherForwardedEntriesAreRefused(text: String) {
        #expect(ClientAddress(forwardedEntry: text) == nil)
    }

    @Test func logsNameTheNetworkUnlessAskedForMore() throws {
        #expect(try #require(ClientAddress("192.0.2.77")).logText(full: false) == "192.0.2.0/24")
        #expect(try #require(ClientAddress("2001:db8:1:2:3:4:5:6")).logText(full: false) == "2001:db8:1::/48")
        #expect(try #require(ClientAddress("::1")).logText(full: false) == "::/48")
    }

    @Test func limitsKeyIPv6ByItsNetwork() throws {
        func key(_ text: String) throws -> LimiterKey { try #require(ClientAddress(text)).limiterKey }
        #expect(try key("2001:db8:1:2::1") == key("2001:db8:1:2:ffff::9"))
        #expect(try key("2001:db8:1:2::1") != key("2001:db8:1:3::1"))
        #expect(try key("192.0.2.1") != key("192.0.2.2"))
        #expect(try key("::ffff:192.0.2.1") == key("192.0.2.1"))
        // The same bits in the other family are somebody else.
        #expect(try key("0.0.0.1") != key("0:0:0:1::"))
    }
}
