import NIOHTTP1
import Testing

@testable import HTTPServer

/// What the parser lets pass; what it refuses by itself is tested on whole connections.
@Suite struct HeadRulesTests {
    private func status(_ fields: [(String, String)], uri: String = "/ws", version: HTTPVersion = .http1_1) -> Int? {
        let head = HTTPRequestHead(version: version, method: .POST, uri: uri, headers: HTTPHeaders(fields))
        let problem = HeadRules.violation(of: head)
        // Whoever breaks one of these rules is not listened to any further.
        #expect(problem == nil || problem?.closes == true)
        return problem?.status
    }

    @Test(arguments: [
        "x", "a.example", "a.example:80", "A-b_c.example.", "127.0.0.1:1", "[::1]", "[fe80::1%25eth0]:443", "xn--bcher-kva.example", "x:",
        " x", "x\t ",
    ])
    func aHostIsANameOrAnAddress(host: String) { #expect(self.status([("Host", host)]) == nil) }

    @Test(arguments: [
        "", " ", ":", ":80", "a b", "a,b", "a, b", "u@a", "u:p@a", "a/", "/a", "a?b", "a#b", "a\\b", "a:b", "a:8 0", "a:80:80", "::1",
        "[::1",
        "::1]", "[]", "[::1]x", "[::1]80", "[a b]", "[[::1]]", "ä", "a\u{0}", "<a>", "\"a\"",
    ])
    func andNothingElse(host: String) { #expect(self.status([("Host", host)]) == 400) }

    @Test func thereIsOneHost() {
        #expect(self.status([]) == 400)
        #expect(self.status([("Host", "x"), ("HOST", "x")]) == 400)
        #expect(self.status([], version: .http1_0) == nil)
        #expect(self.status([("Host", "x"), ("Host", "x")], version: .http1_0) == 400)
        #expect(self.status([("Host", "a b")], version: .http1_0) == 400)
    }

    @Test(
        arguments: [
            ("/ws", nil), ("*", nil), ("host:80", nil), ("http://a:80/ws", nil), ("HTTPS://a", nil), ("http://[::1]/ws", nil),
            ("/http://u@a", nil),
            ("ftp://u@a/ws", nil), ("http://u@a/ws", 400), ("http:///ws", 400), ("http://", 400), ("http://?ws", 400),
            ("https://a:b/ws", 400),
        ] as [(String, Int?)])
    func aTargetNamesNoUser(uri: String, status: Int?) { #expect(self.status([("Host", "x")], uri: uri) == status) }

    @Test(
        arguments: [
            ("0", nil), ("4096", nil), ("4096 ", nil), ("00004096", nil), ("4097", 413), ("4097  ", 413), ("9223372036854775808", 413),
            ("18446744073709551615", 413),
        ] as [(String, Int?)])
    func aBodyIsBoundedByItsHead(length: String, status: Int?) {
        #expect(self.status([("Host", "x"), ("content-length", length)]) == status)
    }

    @Test(
        arguments: [
            (["chunked"], nil), (["Chunked "], nil), (["gzip, chunked"], 501), (["gzip", "chunked"], 501), (["chunked", "chunked"], 501),
            ([""], 400), ([",chunked"], 400), (["chunked,"], 400), (["", "chunked"], 400), (["chunked", ""], 400), (["chunked, gzip"], 400),
            (["chunked\u{0}"], 400), (["x chunked"], 400), (["chunked;q=1"], 400),
            // The Kelvin sign, whose lower case is k.
            (["chun\u{212A}ed"], 400),
        ] as [([String], Int?)])
    func theCodingIsChunkedAlone(codings: [String], status: Int?) {
        let fields = [("Host", "x")] + codings.map { ("Transfer-Encoding", $0) }
        #expect(self.status(fields) == status)
        #expect(self.status(fields, version: .http1_0) == 400)
    }
}
