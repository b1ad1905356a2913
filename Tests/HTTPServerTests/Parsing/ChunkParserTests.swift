import NIOCore
import Testing

@testable import HTTPServer

@Suite struct ChunkParserTests {
    private struct Outcome: Equatable {
        var body = ""
        var isWhole = false
        var refusal: ParseRefusal?
        var closes = false
        var left = 0
    }

    private func parse(_ text: String, pieces: Int = .max) -> Outcome {
        var parser = ChunkParser()
        var head = RequestHead()
        var body = ByteBuffer()
        var input = ByteBuffer()
        var outcome = Outcome()
        var rest = Array(text.utf8)[...]
        do throws(ParseRefusal) {
            while !outcome.isWhole, !rest.isEmpty {
                input.writeBytes(rest.prefix(pieces))
                rest = rest.dropFirst(pieces)
                outcome.isWhole = try parser.parse(&input, into: &body, of: &head)
            }
        } catch {
            outcome.refusal = error
        }
        outcome.body = String(buffer: body)
        outcome.closes = head.connection.closes
        outcome.left = outcome.refusal == nil ? input.readableBytes + rest.count : 0
        return outcome
    }

    private func expect(_ text: String, _ outcome: Outcome) {
        for pieces in [.max, 1, 2, 3, 7] { #expect(self.parse(text, pieces: pieces) == outcome, "\(text.debugDescription) by \(pieces)") }
    }

    @Test(
        arguments: [
            ("0\r\n\r\n", ""), ("2\r\n{}\r\n0\r\n\r\n", "{}"), ("1\r\n{\r\n1\r\n}\r\n000\r\n\r\n", "{}"),
            ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
            ("2;a;b=\"c d\"\t\r\n{}\r\n0;x\r\n\r\n", "{}"), ("2\r\n{}\r\n0\r\nX: y\r\nHost:\r\n\r\n", "{}"),
            ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
            ("0000000000000002\r\n{}\r\n0\r\n\r\n", "{}"),
        ])
    func aBodyIsPutTogether(text: String, body: String) {
        self.expect(text, Outcome(body: body, isWhole: true))
        self.expect(text + "GET", Outcome(body: body, isWhole: true, left: 3))
    }

    @Test(
        arguments: [
            ("g", .malformed(.chunkSize)), ("\r", .malformed(.chunkSize)), (" 2", .malformed(.chunkSize)), ("2 ", .malformed(.chunkSize)),
            ("-2", .malformed(.chunkSize)), ("0x", .malformed(.chunkSize)), ("2\n", .malformed(.chunkSize)), (";", .malformed(.chunkSize)),
            ("00000000000000002", .malformed(.chunkSize)), ("10000000000000002", .malformed(.chunkSize)), ("2\r\r", .malformed(.lineEnd)),
            ("2;a\rb", .malformed(.lineEnd)), ("2;a\n", .malformed(.chunkExtension)), ("2;\u{0}", .malformed(.chunkExtension)),
            ("2\r\n{}}", .malformed(.chunkEnd)), ("2\r\n{}\n", .malformed(.chunkEnd)), ("2\r\n{}\r\r", .malformed(.chunkEnd)),
            ("1\r\n{}\r\n", .malformed(.chunkEnd)), ("1001\r\n", .bodyTooLong), ("ffffffffffffffff\r\n", .bodyTooLong),
            ("0\r\n\n", .malformed(.fieldName)), ("0\r\n\r\r", .malformed(.lineEnd)), ("0\r\n X: y\r\n", .malformed(.fieldName)),
            ("0\r\nContent-Length: 0\r\n", .malformed(.trailer)), ("0\r\nTRANSFER-ENCODING:\r\n", .malformed(.trailer)),
            ("0\r\nX: \u{0}", .malformed(.fieldValue)),
        ] as [(String, ParseRefusal)])
    func anotherSpellingIsRefused(text: String, refusal: ParseRefusal) {
        for pieces in [.max, 1, 2, 3] { #expect(self.parse(text + "\r\n", pieces: pieces).refusal == refusal, "\(text.debugDescription)") }
    }

    @Test func theBoundsHold() {
        let full = "1000\r\n" + String(repeating: "x", count: 4096) + "\r\n"
        #expect(self.parse(full + "0\r\n\r\n").isWhole)
        #expect(self.parse(full + "1\r\n").refusal == .bodyTooLong)
        let extended = "0;" + String(repeating: "x", count: HTTPSettings.maxHeaderList)
        #expect(self.parse(extended + "\r\n\r\n").isWhole)
        #expect(self.parse(extended + "x").refusal == .malformed(.chunkExtension))
        // All of a body's extensions together, or each of 4096 chunks could bring its own.
        let half = ";" + String(repeating: "x", count: HTTPSettings.maxHeaderList / 2)
        #expect(self.parse("1\(half)\r\nx\r\n1\(half)\r\nx\r\n0\r\n\r\n").isWhole)
        #expect(self.parse("1\(half)\r\nx\r\n1\(half)\r\nx\r\n0;x").refusal == .malformed(.chunkExtension))
        #expect(self.parse("0\r\nX:" + String(repeating: "x", count: HTTPSettings.maxHeaderField)).refusal == .tooLong)
    }

    @Test func aTrailerMaySayThatItWasTheLast() {
        self.expect("0\r\nConnection: x, Close\r\n\r\n", Outcome(isWhole: true, closes: true))
        self.expect("0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", Outcome(isWhole: true))
    }
}
