import FoundationEssentials
import Testing

@testable import PairTool

/// What stands on the screen, and in the lines for scripts.
@Suite struct WordingTests {
    private let problem = PairProblem(code: "mailbox_full", message: "the mailbox is full", advice: "Wait.")

    private func text(toAPerson: Bool = true) throws -> PairText {
        PairText(place: try PairPlace(code: nil, server: nil), terminal: .plain, showsLinesToAPerson: toAPerson)
    }

    private let everything: [PairNews] = [
        .code("2802", lifetime: .seconds(600)), .waitingForSomebody, .redeemed, .paired, .cameBack, .left,
        .disconnected(PairProblem(code: "server_unreachable", message: "no\nanswer"), delay: .milliseconds(420)),
        .connectedAgain(forgotten: false), .connectedAgain(forgotten: true), .line(.string("a\u{1b}[2Jb\"\n")),
        .line(.object(["b": .array([.integer(9_007_199_254_740_993), .null]), "a": .number(0.5)])),
        .frame(type: "ice", text: "{\"type\":\"ice\",\n\"x\":1}"), .wantsWebRTC,
        .refused(PairProblem(code: "mailbox_full", message: "the mailbox is full", advice: "Wait.")), .mailboxIsFull,
    ]

    @Test func linesOfTheOtherSideGoToStandardOutputAndAllElseToStandardError() throws {
        for news in self.everything {
            let isLine = if case .line = news { true } else { false }
            let goesToOutput = if case .line = try self.text().output(of: news) { true } else { false }
            #expect(isLine == goesToOutput)
        }
    }

    @Test func aPersonSeesNoControlSequencesOfOthersAndAPipeGetsWhatCame() throws {
        #expect(try self.text().output(of: .line(.string("a\u{1b}[2Jb"))) == .line("< a\\u{1b}[2Jb"))
        #expect(try self.text(toAPerson: false).output(of: .line(.string("a\u{1b}[2Jb"))) == .line("a\u{1b}[2Jb"))
        for news in self.everything {
            guard case .said(let lines) = try self.text().output(of: news) else { continue }
            for line in lines { #expect(!line.unicodeScalars.contains { $0.value < 0x20 }, "\(line)") }
        }
    }

    @Test func printableKeepsLettersAndNumbersWhatIsNone() {
        #expect(Printable.line("Grüße, 你好 👩‍👩‍👧 \t!") == "Grüße, 你好 👩‍👩‍👧 \t!")
        #expect(Printable.line("\r\n\u{202e}\u{9b}\u{7f}\u{2028}\u{e000}") == "\\u{d}\\n\\u{202e}\\u{9b}\\u{7f}\\u{2028}\\u{e000}")
    }

    @Test func eachEventOfAScriptIsOneLineOfJSON() throws {
        struct Event: Decodable { let event: String }
        let place = try PairPlace(code: nil, server: nil)
        let lines = self.everything.map { PairJSON.line(of: $0, place: place) } + [PairJSON.ended, PairJSON.line(ofFailure: self.problem)]
        for line in lines {
            #expect(!line.contains("\n"))
            #expect(throws: Never.self) { try JSONDecoder().decode(Event.self, from: Data(line.utf8)) }
        }
        #expect(lines[0] == #"{"event":"code","code":"2802","expiresInMs":600000,"link":"http://127.0.0.1:1234/#2802"}"#)
        #expect(lines[1] == #"{"event":"waiting"}"#)
        #expect(lines[9] == #"{"event":"line","text":"a\u001b[2Jb\"\n"}"#)
        #expect(lines[10] == #"{"event":"item","payload":{"a":0.5,"b":[9007199254740993,null]}}"#)
        #expect(lines.last == #"{"event":"failed","advice":"Wait.","code":"mailbox_full","message":"the mailbox is full"}"#)
    }

    @Test func valuesKeepWhatTheyHold() throws {
        let text = #"{"a":[1,-2.5,true,false,null,"é\n"],"b":{},"c":9007199254740993}"#
        #expect(try JSONDecoder().decode(PairValue.self, from: Data(text.utf8)).text == text)
        // 1 and 0 are numbers, and true and false are not.
        #expect(try JSONDecoder().decode(PairValue.self, from: Data("[1,0,true]".utf8)) == .array([.integer(1), .integer(0), .bool(true)]))
    }

    @Test func adviceFollowsWhatHappened() {
        #expect(PairText.words(self.problem) == "the mailbox is full. Wait.")
        #expect(PairText.words(PairProblem(code: "x", message: "")) == "x")
        #expect(PairText.words(PairProblem(code: "x", message: "It is full.", retryAfter: .seconds(12))) == "It is full. Wait 12 seconds.")
    }

    @Test(arguments: [(0, "0.1 seconds"), (420, "0.4 seconds"), (1_000, "1 second"), (20_000, "20 seconds"), (1_500, "1.5 seconds")])
    func delaysAreSaidInSeconds(milliseconds: Int, words: String) throws {
        let news = PairNews.disconnected(PairProblem(code: "x", message: "m"), delay: .milliseconds(milliseconds))
        #expect(try self.text().output(of: news) == .said(["No connection to the server (m). Trying again in \(words)."]))
    }
}
