import FoundationEssentials
import Testing

@testable import SignalingClient

@Suite struct PairingCodeTests {
    private static let list = (Vectors.all["codes"]?["list"].list ?? []).compactMap(\.string)
    private static let phrase = PairingCode(digits: "2802", secret: .words("crossword-clockwork"))
    private static let link = "q83vEjRWeJCrze8SNFZ4kA"

    private func error(_ text: String, list: [String] = Self.list) -> CodeError? {
        do {
            let code = try PairingCode(text, list: list)
            Issue.record("taken: \(text) as \(code.text)")
            return nil
        } catch {
            return error
        }
    }

    @Test func readsAsInTheVectors() throws {
        let cases = Vectors.all["codes"]?["cases"].list ?? []
        #expect(cases.count == 12)
        for entry in cases {
            let text = try #require(entry["text"]?.string)
            if let gives = entry["gives"] {
                let code = try PairingCode(text, list: Self.list)
                #expect(code.digits == gives["code"]?.string, "\(text)")
                #expect(code.secret?.kind.rawValue == gives["by"]?.string, "\(text)")
                #expect(code.secret?.text == gives["secret"]?.string, "\(text)")
            } else {
                #expect(self.error(text)?.code.rawValue == entry["error"]?.string, "\(text)")
            }
        }
    }

    @Test(arguments: [
        "2802 crossword clockwork", "2802\u{2014}crossword\u{2013}clockwork", "2802\u{2011}Crossword\u{2010}Clockwork",
        "2802\u{2212}crossword\u{fe63}clockwork", "2802,crossword;clockwork", "2802/crossword:clockwork.", "2802+crossword_clockwork",
        "2-8-0-2 crossword clockwork", "\u{a0}2802\tCROSSWORD\nclockwork ", "２８０２－ｃｒｏｓｓｗｏｒｄ－ｃｌｏｃｋｗｏｒｋ",
        "2802-cross\u{ad}word-clock\u{200b}work", "#2802-crossword-clockwork", "https://example.org/#2802-crossword-clockwork",
        "2802crossword-clockwork", "2802-cros-cloc", "\u{202a}2802-crossword-clockwork\u{202c}", "2802\r\ncrossword\r\nclockwork",
        "𝟐𝟖𝟎𝟐 𝐜𝐫𝐨𝐬𝐬𝐰𝐨𝐫𝐝 cloc\u{212a}work",
    ]) func phrasesHoweverTheyAreTyped(text: String) throws {
        #expect(try PairingCode(text, list: Self.list) == Self.phrase)
    }

    @Test(arguments: ["2802", "28 02", " 2802 ", "28-02", "２８０２", "#2802", "2802-"]) func digitsHoweverTheyAreTyped(text: String) throws {
        #expect(try PairingCode(text, list: Self.list) == PairingCode(digits: "2802", secret: nil))
    }

    @Test(arguments: ["2802.\(Self.link)", "#2802.\(Self.link)", " 2802.\(Self.link)\n", "https://example.org/demo/?a=b#2802.\(Self.link)"])
    func linksWithTheirSecretAsItIs(text: String) throws {
        #expect(try PairingCode(text) == PairingCode(digits: "2802", secret: .link(Self.link)))
    }

    @Test(arguments: [
        "2802.", "2802. ", "2802 .", "2802.crossword.clockwork", "2802.\(Self.link)A", "2802.\(Self.link) crossword", "2802. \(Self.link)",
        "2802.\(Self.link.dropLast())B", "2802.\(Self.link.dropLast())=", "28 02.\(Self.link)", "28.02", "123.\(Self.link)",
        "123456789.\(Self.link)", "2802...", "2802…", "2802.crossword-clockwork", "", " ", "crossword", "280", "280-crossword", "123456789",
        "crossword-2802", "https://example.org/", String(repeating: "2", count: 2_000), "2802 \(String(repeating: "a", count: 1_000))",
    ]) func whatIsMalformedIsNeverBareDigits(text: String) {
        #expect(self.error(text)?.code == "code_malformed")
    }

    @Test func aPieceThatIsNoWordIsNamed() {
        #expect(self.error("2802-clockwork-12")?.word == "12")
        let typed = [("crossward", "crossword"), ("klockwork", "clockwork"), ("mangoo", "mango"), ("xxxxxxxxxxxxxxxxxxxxxx", nil)]
        for (word, near) in typed {
            let error = self.error("2802-\(word)-clockwork")
            #expect(error?.code == "words_unknown")
            #expect(error?.word == word)
            #expect(error?.suggestions.first == near)
        }
    }

    @Test func aBeginningStandsForAWordIfItIsLongEnoughAndNoOthers() throws {
        let words = ["alpha", "alpine", "beta"]
        #expect(try PairingCode("2802 alph alpi bet", list: words).secret == .words("alpha-alpine-beta"))
        #expect(self.error("2802 alp", list: words)?.suggestions == ["alpha", "alpine"])
        #expect(self.error("2802 be", list: words)?.suggestions == ["beta"])
        #expect(self.error("2802 betas", list: words)?.suggestions == ["beta"])
        #expect(try PairingCode("2802 air", list: ["air", "airport"]).secret == .words("air"))
        let near = self.error("2802 catr", list: ["bat", "cat", "cart", "carts", "hat", "rat", "car"])?.suggestions
        #expect(near?.count == 4)
        #expect(near?.first == "cat")
    }

    @Test func noErrorAndNoCodeShowsASecret() throws {
        let code = try PairingCode("2802-crossword-clockwork", list: Self.list)
        for text in ["\(code)", String(reflecting: code), "\(String(describing: code.secret))", String(reflecting: code.secret as Any)] {
            #expect(!text.contains("crossword"), "\(text)")
        }
        for text in ["2802-crossward", "2802.\(Self.link)A", "2802 \(Self.link)"] {
            let shown = self.error(text).map { "\($0)" } ?? ""
            #expect(!shown.contains("crossward") && !shown.contains("q83v"))
        }
    }

    @Test func wordsAreDrawnByTenBitsEach() {
        let ones: (Int) -> [UInt8] = { [UInt8](repeating: 255, count: $0) }
        #expect(Secret.drawWords(2, random: ones) == .words("\(phraseWords[1023])-\(phraseWords[1023])"))
        #expect(Secret.drawWords(1, random: { _ in [0xfc, 1] }) == .words(phraseWords[1]))
        #expect(Secret.drawLink(random: ones) == .link("_____________________w"))
        #expect(Secret.drawLink() != Secret.drawLink())
        #expect(Secret.drawWords(4).text.split(separator: "-").count == 4)
    }

    @Test func whatIsDrawnIsReadAgain() throws {
        for secret in [Secret.drawWords(3), .drawLink()] {
            let code = PairingCode(digits: "0042", secret: secret)
            #expect(try PairingCode(code.text) == code)
        }
    }

    @Test func theWordsAreThoseOfTheJavaScriptClient() throws {
        let script = try String(decoding: Data(contentsOf: URL(filePath: "\(Vectors.root)/Web/client/verified/words.js")), as: UTF8.self)
        let words = script.split(separator: "`")[1].split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(words.count == 1_024)
        #expect(phraseWords == words)
    }
}
