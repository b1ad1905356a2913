import Testing

@testable import HTTPServer

/// What a head must be, beyond the form that `HeadParserTests` have: what breaks that is refused here too.
@Suite struct HeadRulesTests {
    private func status(_ fields: [(String, String)], uri: String = "/ws", version: String = "1.1", method: String = "POST") -> Int? {
        let problem: Problem?
        do throws(ParseRefusal) {
            guard let head = try RequestHead.read(method, uri, fields, version: version) else { return 0 }
            problem = HeadRules.violation(of: head)
        } catch {
            problem = error.problem
        }
        // Whoever breaks one of these rules is not listened to any further.
        #expect(problem == nil || problem?.closes == true)
        return problem?.status.code
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
        #expect(self.status([], version: "1.0") == nil)
        #expect(self.status([("Host", "x"), ("Host", "x")], version: "1.0") == 400)
        #expect(self.status([("Host", "a b")], version: "1.0") == 400)
    }

    @Test(
        arguments: [
            ("/ws", nil), ("*", nil), ("host:80", 400), ("http://a:80/ws", nil), ("HTTPS://a", nil), ("http://[::1]/ws", nil),
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

    @Test func onlyATunnelIsAskedForByHostAlone() {
        #expect(self.status([("Host", "x")], uri: "host:80", method: "CONNECT") == nil)
    }

    @Test(arguments: [
        "-2", "+2", "0x2", "2.0", "1 0", "2\t", "2;", "\"2\"", "two", "", "2, 2", "2,3", "18446744073709551616", "99999999999999999999",
    ])
    func aLengthIsOneNumber(length: String) {
        #expect(self.status([("Host", "x"), ("Content-Length", length)]) == 400)
    }

    @Test func aBodyHasOneLength() {
        for (one, other) in [("2", "2"), ("2", "3"), ("0", "0"), ("x", "2")] {
            #expect(self.status([("Host", "x"), ("Content-Length", one), ("content-length", other)]) == 400)
        }
        for length in ["0", "2", "5000", "x"] {
            for coding in ["chunked", "identity", "", "gzip, chunked"] {
                #expect(self.status([("Host", "x"), ("Content-Length", length), ("Transfer-Encoding", coding)]) == 400)
                #expect(self.status([("Host", "x"), ("Transfer-Encoding", coding), ("Content-Length", length)]) == 400)
            }
        }
    }

    @Test(
        arguments: [
            (["chunked"], nil), (["Chunked "], nil), (["gzip, chunked"], 501), (["gzip", "chunked"], 501), (["chunked", "chunked"], 400),
            (["chunked, chunked"], 400), (["chunked\t"], 400),
            ([""], 400), ([",chunked"], 400), (["chunked,"], 400), (["", "chunked"], 400), (["chunked", ""], 400), (["chunked, gzip"], 400),
            (["chunked\u{0}"], 400), (["x chunked"], 400), (["chunked;q=1"], 400),
            // The Kelvin sign, whose lower case is k.
            (["chun\u{212A}ed"], 400),
        ] as [([String], Int?)])
    func theCodingIsChunkedAlone(codings: [String], status: Int?) {
        let fields = [("Host", "x")] + codings.map { ("Transfer-Encoding", $0) }
        #expect(self.status(fields) == status)
        #expect(self.status(fields, version: "1.0") == 400)
    }
}
