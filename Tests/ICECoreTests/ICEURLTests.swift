import ICECore
import Testing

/// URLs of RFC 7064 and RFC 7065, as browsers take them.
@Suite struct ICEURLTests {
    @Test(arguments: [
        ("stun:stun.example.org", false), ("stun:stun.example.org:3478", false), ("stuns:stun.example.org:5349", false),
        ("turn:turn.example.org", true), ("turn:turn.example.org:3478?transport=udp", true),
        ("turn:turn.example.org?transport=tcp", true), ("turns:turn.example.org:443?transport=tcp", true), ("stun:192.0.2.1:1", false),
        ("turn:[2001:db8::1]:65535", true), ("stun:[::1]", false), ("stun:localhost:3478", false), ("turn:my_host-1.internal", true),
    ])
    func aURLIsReadAsItIs(text: String, isTURN: Bool) throws {
        let url = try ICEURL(text)
        #expect(url.text == text && url.isTURN == isTURN)
    }

    @Test func theCaseOfASchemeDoesNotMatter() throws { #expect(try ICEURL("TURNs:Example.org").text == "turns:Example.org") }

    @Test(
        arguments: [
            ("", .scheme), ("stun.example.org", .scheme), ("stun.example.org:3478", .scheme), ("http:example.org", .scheme),
            ("tur:example.org", .scheme), ("stunt:example.org", .scheme), (" stun:a", .scheme), ("st\u{fc}n:a", .scheme),
            ("stun://example.org", .slashes), ("turn://u:p@example.org", .slashes), ("turn:user:pass@example.org", .user),
            ("stun:", .host), ("stun::3478", .host), ("stun:exa mple.org", .host), ("stun:ex\u{e4}mple.org", .host), ("stun:a%20b", .host),
            ("stun:a\"b", .host), ("stun:a\\b", .host), ("stun:a\u{7}b", .host), ("stun:2001:db8::1", .port), ("stun:[2001:db8::1", .host),
            ("stun:[192.0.2.1]", .host), ("stun:[::1]x", .host), ("stun:[]", .host), ("stun:a/b", .host), ("stun:a#b", .host),
            ("stun:a:", .port), ("stun:a:0", .port), ("stun:a:65536", .port), ("stun:a:+1", .port), ("stun:a:1x", .port),
            ("stun:a:000000001", .port), ("stun:[::1]:", .port), ("stun:a?transport=udp", .queryOfSTUN), ("stun:a?", .queryOfSTUN),
            ("turn:a?", .transport), ("turn:a?transport=sctp", .transport), ("turn:a?transport=UDP", .transport),
            ("turn:a?transport=udp&x=1", .transport), ("stun:" + String(repeating: "a", count: 254), .host),
            ("stun:" + String(repeating: "a", count: 400), .tooLong),
        ] as [(String, ICEURL.Fault)])
    func whatBrowsersRefuseIsRefused(text: String, fault: ICEURL.Fault) {
        #expect(throws: fault) { try ICEURL(text) }
    }

    /// Nothing of it could end a JSON string.
    @Test func everyByteIsRefusedOrHarmless() {
        for byte in UInt8.min...UInt8.max {
            for place in ["stun:a\u{1}b", "turn:[::\u{1}]", "turn:a?transport=\u{1}"] {
                let bytes = place.utf8.map { $0 == 1 ? byte : $0 }
                guard let url = try? ICEURL(String(decoding: bytes, as: UTF8.self)) else { continue }
                #expect(url.text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }, "\(byte)")
            }
        }
    }

    @Test(arguments: [("example.org", "stun:example.org:3478"), ("[::1]", "stun:[::1]:3478"), ("127.0.0.1", "stun:127.0.0.1:3478")])
    func aHostOfARequestBecomesAServer(host: String, url: String) throws {
        #expect(try ICEEntries.stun(host: host, port: 3478) == ICEEntries.entry([ICEURL(url)]))
    }

    @Test(arguments: ["a~b", "a%41", "", "[::", "::1]", "[]", "[127.0.0.1]", "[::1]x", "a:1", "a?b", "a@b", "a\"b"])
    func aHostThatNoURLCanHaveBecomesNone(host: String) { #expect(ICEEntries.stun(host: host, port: 3478) == nil) }
}
