import Testing

@testable import PairTool

@Suite struct PairPlaceTests {
    @Test(arguments: ["2802", " 28 02 ", "28-02", "28–02", "http://127.0.0.1:1234/#2802", "#2802"])
    func aCodeIsDigitsInAnyGroupingOrALink(text: String) throws {
        let place = try PairPlace(code: text, server: nil)
        #expect(place == (try PairPlace(code: "2802", server: nil)))
        #expect(place.code == "2802")
        #expect(place.server == "http://127.0.0.1:1234")
    }

    @Test func leadingZerosCount() throws { #expect(try PairPlace(code: "0002", server: nil).code == "0002") }

    @Test(arguments: ["", " ", "280", "123456789", "x2802", "٢٨٠٢", "http://127.0.0.1:1234/", "http://127.0.0.1:1234/#"])
    func whatIsNoCodeIsRefused(text: String) {
        #expect(throws: PairUsageError.codeMalformed) { try PairPlace(code: text, server: nil) }
    }

    @Test(arguments: ["2802-crossword-clockwork", "2802 crossword", "https://a.example/#2802.AAECAwQFBgcICQoLDA0ODw"])
    func wordsAndSecretsAreNotReadAsBareDigitsAndNotRepeated(text: String) {
        #expect(throws: PairUsageError.codeHasSecret) { try PairPlace(code: text, server: nil) }
        #expect(!PairUsageError.codeHasSecret.description.contains("crossword"))
    }

    @Test func aLinkNamesTheServer() throws {
        #expect(try PairPlace(code: "https://a.example/behind/#2802", server: nil).server == "https://a.example/behind")
        // What was said expressly counts.
        #expect(try PairPlace(code: "https://a.example/#2802", server: "https://b.example").server == "https://b.example")
    }

    @Test(arguments: [
        ("https://a.example/", "https://a.example"), ("HTTP://a.example:8080/x//", "HTTP://a.example:8080/x"),
        ("a.example", "https://a.example"),
        ("localhost:1234", "http://localhost:1234"), ("127.0.0.1:1234", "http://127.0.0.1:1234"), ("[::1]:1234", "http://[::1]:1234"),
    ])
    func aServerWithoutASchemeIsReachedByTLSUnlessItIsThisMachine(text: String, server: String) throws {
        #expect(try PairPlace(code: nil, server: text).server == server)
    }

    @Test(arguments: ["", "ftp://a.example", "http://", "http:///x", "https://a.example/?x", "https://u@a.example", "a b"])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(throws: PairUsageError.serverMalformed(text)) { try PairPlace(code: nil, server: text) }
    }

    @Test func theLinkOfACodeIsUnderstoodByTheOtherSide() throws {
        let place = try PairPlace(code: nil, server: "https://a.example/behind/")
        #expect(place.code == nil)
        #expect(place.link(to: "2802") == "https://a.example/behind/#2802")
        let other = try PairPlace(code: place.link(to: "2802"), server: nil)
        #expect(other.code == "2802" && other.server == place.server)
    }
}
