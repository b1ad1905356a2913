import NetworkAddresses
import SignalingCore
import Testing

@Suite struct TrustedProxiesTests {
    private let proxies: TrustedProxies

    init() throws {
        self.proxies = TrustedProxies(blocks: try ["127.0.0.0/8", "::1/128", "10.0.0.0/8"].map { try #require(AddressBlock($0)) })
    }

    private func client(_ peer: String, _ lines: [String]) throws -> String {
        self.proxies.clientAddress(peer: try #require(ClientAddress(peer)), forwardedFor: lines).text
    }

    @Test(arguments: [
        // A peer that is no proxy speaks for nobody.
        ("203.0.113.9", ["1.2.3.4"], "203.0.113.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("::1", ["2001:db8::1"], "2001:db8::1"),
        // What the client itself wrote stands to the left of what the proxy saw.
        ("127.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["1.1.1.1, 203.0.113.9, 10.0.0.5"], "203.0.113.9"),
        ("127.0.0.1", ["1.1.1.1", "203.0.113.9,10.0.0.5", "10.0.0.6"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9:5123, \"[::1]:80\""], "203.0.113.9"),
        // All trusted: the first of the chain.
        ("127.0.0.1", ["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
        // Unreadable: the last address that was one.
        ("127.0.0.1", ["203.0.113.9, unknown"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9, unknown, 10.0.0.7"], "10.0.0.7"),
        ("127.0.0.1", ["203.0.113.9", "nonsense"], "127.0.0.1"),
        // Empty elements mean nothing.
        ("127.0.0.1", ["203.0.113.9, , "], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9", ""], "203.0.113.9"),
        ("127.0.0.1", ["", ","], "127.0.0.1"),
    ])
    func findsTheClient(peer: String, lines: [String], expected: String) throws {
        #expect(try self.client(peer, lines) == expected)
    }

    @Test func onlySoManyEntriesAreLookedAt() throws {
        let trusted = (1...31).map { "10.0.0.\($0)" }
        #expect(try self.client("127.0.0.1", [(["203.0.113.9"] + trusted).joined(separator: ",")]) == "203.0.113.9")
        #expect(try self.client("127.0.0.1", [(["203.0.113.9", "10.0.1.1"] + trusted).joined(separator: ",")]) == "10.0.1.1")
        #expect(try self.client("127.0.0.1", ["203.0.113.9"] + ["10.0.1.1"] + trusted) == "10.0.1.1")
        #expect(try self.client("127.0.0.1", ["203.0.113.9" + String(repeating: ",", count: 100_000)]) == "127.0.0.1")
    }

    @Test func withoutTrustThePeerIsTheClient() throws {
        let peer = try #require(ClientAddress("127.0.0.1"))
        #expect(TrustedProxies(blocks: []).clientAddress(peer: peer, forwardedFor: ["203.0.113.9"]) == peer)
    }
}
