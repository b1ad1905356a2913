import NIOCore
import Testing

@testable import HTTPServer

@Suite struct HeadParserTests {
    enum Result: Equatable, Sendable {
        case whole(Int)
        case unfinished
        case refused(ParseRefusal)
    }

    /// What comes of bytes of which more and more are there. To each of the pieces the parser is asked once.
    private func parse(_ bytes: [UInt8], cuts: [Int]) -> (Result, RequestHead) {
        var parser = HeadParser()
        for end in cuts + [bytes.count] {
            do throws(ParseRefusal) {
                if try parser.parse(bytes.span.extracting(0..<end)) { return (.whole(parser.position), parser.head) }
            } catch {
                return (.refused(error), parser.head)
            }
        }
        return (.unfinished, parser.head)
    }

    private func result(_ text: String) -> Result { self.parse(Array(text.utf8), cuts: []).0 }

    // MARK: - Heads as they come

    static let golden: [String] = [
        "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /rendezvous/redeem HTTP/1.1\r\nHost: chat.example:1234\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n",
        "GET /ws?appID=6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34&side=A HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\n"
            + "Upgrade: websocket\r\nOrigin: https://app.example\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Forwarded-For: 192.0.2.1, 192.0.2.2\r\nx-forwarded-for:192.0.2.3\r\n\r\n",
        "OPTIONS * HTTP/1.0\r\n\r\n",
        "M-SEARCH http://a/b HTTP/1.1\r\nEmpty:\r\nBlank: \t \r\nÄ".replacing("Ä", with: "!#$%&'*+.^_`|~-09: ä\t\u{7ff}")
            + "\r\n\r\n", "CONNECT host:80 HTTP/1.1\r\nHost: host:80\r\n\r\n",
        "POST / HTTP/1.1\r\ntransfer-encoding:chunked\r\nExpect: 100-Continue\r\nCONTENT-LENGTH:\t17  \r\n\r\n",
    ]

    @Test(arguments: golden.indices)
    func aHeadIsReadTheSameWhereverItIsCut(index: Int) {
        let bytes = Array(Self.golden[index].utf8)
        let (whole, head) = self.parse(bytes + Array("GET".utf8), cuts: [])
        #expect(whole == .whole(bytes.count))
        for cut in 0...bytes.count {
            let (result, other) = self.parse(bytes, cuts: [cut])
            #expect(result == whole && "\(other)" == "\(head)", "cut at \(cut)")
        }
        #expect(self.parse(bytes, cuts: Array(bytes.indices)).0 == whole)
        for end in bytes.indices { #expect(self.parse(Array(bytes[..<end]), cuts: []).0 == .unfinished) }
    }

    @Test func fieldsAreFoundInAnyCaseAndWithoutBlanks() throws {
        let head = try #require(try RequestHead.read(Self.golden[2].utf8))
        #expect(head.method == .get && head.text(head.methodName) == "GET" && head.isHTTP11)
        #expect(head.text(head.target) == "/ws?appID=6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34&side=A")
        #expect(head.text(head.host.value) == "x" && head.originText == "https://app.example")
        #expect(head.text(head.webSocketKey.value) == "dGhlIHNhbXBsZSBub25jZQ==" && head.text(head.webSocketVersion.value) == "13")
        #expect(head.forwardedFor.map(head.text) == ["192.0.2.1, 192.0.2.2", "192.0.2.3"])
        #expect(head.asksForWebSocket && head.isKeepAlive && head.isLastReadable && !head.announcesBody && !head.expectsContinue)
        let post = try #require(try RequestHead.read("POST", "/", [("CONTENT-TYPE", " a/b \t"), ("content-type", "c/d"), ("HOST", "")]))
        #expect(post.contentType.count == 2 && post.text(post.contentType.value) == "a/b")
        #expect(post.host.count == 1 && post.host.value.isEmpty)
        let both = try #require(try RequestHead.read(Self.golden[6].utf8))
        #expect(both.contentLength.value == 17 && both.transferCoding.verdict == .chunked && both.expectsContinue && both.announcesBody)
    }

    @Test(
        arguments: [
            ("1.1", [], true), ("1.0", [], false), ("1.1", ["close"], false), ("1.1", ["Close, x"], false), ("1.1", ["x", "CLOSE"], false),
            ("1.0", ["keep-alive"], true), ("1.0", ["x, Keep-Alive"], true), ("1.0", ["keep-alive", "close"], false),
            ("1.1", ["keep-alive, keep-alive"], false), ("1.1", ["keep-alive"], true), ("1.1", ["closed"], true),
            ("1.1", ["x close"], true),
            ("1.1", [""], true), ("1.1", [",,"], true),
        ] as [(String, [String], Bool)])
    func whoSaysSoIsKeptAlive(version: String, values: [String], isKeepAlive: Bool) throws {
        let head = try #require(try RequestHead.read("GET", "/", values.map { ("Connection", $0) }, version: version))
        #expect(head.isKeepAlive == isKeepAlive)
    }

    @Test func emptyLinesMayStandBefore() {
        for (text, length) in [("", 0), ("\r", 0), ("\r\n", 2), ("\r\n\r", 2), ("\r\n\r\nGET", 4), ("\n", 0), ("G\r\n", 0), ("\r\r\n", 0)] {
            #expect(HeadParser.emptyLines(Array(text.utf8).span) == length, "\(text.debugDescription)")
        }
        // Half an empty line is no beginning.
        var parser = HeadParser()
        #expect(throws: Never.self) { try parser.parse([UInt8(ascii: "\r")].span) }
        #expect(parser.position == 0)
    }

    // MARK: - What is none

    @Test(
        arguments: [
            ("G=", .method), ("get", .method), ("BREW /", .method), (" GET", .method), ("GETS ", .method), ("\n", .method),
            ("\r\r", .method),
            ("\u{16}", .method), ("MKACTIVITYMKACTIVITY", .method), ("PRI * ", .method), ("G\u{e9}", .method), ("-", nil),
            ("MKACTIVITY", nil),
            ("GET  ", .target), ("GET x ", .target), ("GET x:80 ", .target), ("GET http:/x ", .target), ("GET ://x ", .target),
            ("GET h1://x ", .target), ("GET /\r", .target), ("GET /\t", .target), ("GET /\u{7f}", .target), ("GET /ä", .target),
            ("GET /\u{0}", .target), ("GET \r\n", .target), ("CONNECT  ", .target), ("GET x", nil),
            ("GET / H ", .version), ("GET / http", .version), ("GET / HTTP/2", .version), ("GET / HTTP/1.2", .version),
            ("GET / HTTP/1.1 ", .version), ("GET / HTTP/1.1\n", .version), ("GET / HTTP/1.1\r\r", .lineEnd), ("GET /  ", .version),
            ("GET / ICE/1.0", .version), ("GET / RTSP/1.0", .version), ("GET / HTTP/1.1\r", nil),
        ] as [(String, ParseRefusal.Fault?)])
    func aRequestLineIsRefused(text: String, fault: ParseRefusal.Fault?) {
        #expect(self.result(text) == fault.map { .refused(.malformed($0)) } ?? .unfinished)
        self.expectSameByteForByte(Array(text.utf8))
    }

    @Test(
        arguments: [
            (" X: y", .fieldName), ("\tX: y", .fieldName), (":", .fieldName), ("X :", .fieldName), ("X\t:", .fieldName),
            ("X Y", .fieldName),
            ("X\r", .fieldName), ("X\n", .fieldName), ("(X)", .fieldName), ("X\u{0}", .fieldName), ("\u{e4}", .fieldName),
            ("\n", .fieldName),
            ("X: a\u{0}", .fieldValue), ("X: a\u{7f}", .fieldValue), ("X: a\n", .fieldValue), ("X:\u{b}", .fieldValue),
            ("X: \u{1b}", .fieldValue),
            ("X: a\rb", .lineEnd), ("X: a\r\r", .lineEnd), ("X:\r\r", .lineEnd), ("\r\r", .lineEnd), ("\rX", .lineEnd),
            ("X: a\r\n b", .fieldName), ("X: a\r\n\tb", .fieldName), ("X: \u{e4}\t\u{80}", nil), ("X:", nil), ("X: a\r", nil), ("\r", nil),
        ] as [(String, ParseRefusal.Fault?)])
    func aFieldIsRefused(text: String, fault: ParseRefusal.Fault?) {
        let head = "GET / HTTP/1.1\r\nHost: x\r\n" + text
        #expect(self.result(head) == fault.map { .refused(.malformed($0)) } ?? .unfinished)
        self.expectSameByteForByte(Array(head.utf8))
    }

    @Test func everyByteHasItsPlace() {
        let separators = Array(#"()<>@,;:\"/[]?={} "#.utf8)
        for byte in UInt8.min...UInt8.max {
            let isVisible = (0x21...0x7E).contains(byte)
            #expect(Byte.isToken(byte) == (isVisible && !separators.contains(byte)), "\(byte)")
            #expect(Byte.isValue(byte) == (isVisible || byte == 0x20 || byte == 0x09 || byte >= 0x80), "\(byte)")
            let inTarget = self.parse(Array("GET /".utf8) + [byte], cuts: []).0
            #expect((inTarget == .unfinished) == (isVisible || byte == 0x20), "\(byte)")
        }
    }

    private func expectSameByteForByte(_ bytes: [UInt8]) {
        let whole = self.parse(bytes, cuts: []).0
        #expect(self.parse(bytes, cuts: Array(bytes.indices)).0 == whole)
        for cut in bytes.indices { #expect(self.parse(bytes, cuts: [cut]).0 == whole) }
    }

    // MARK: - Bounds

    private static let line = "GET / HTTP/1.1\r\n"
    private static func field(_ length: Int) -> String { "X:" + String(repeating: "y", count: length - 2) + "\r\n" }

    @Test func aTargetHasItsBound() {
        let bound = HTTPSettings.maxHeaderField
        func head(_ length: Int, _ rest: String = " HTTP/1.1\r\n\r\n") -> String {
            "GET /" + String(repeating: "a", count: length - 1) + rest
        }
        #expect(self.result(head(bound)) == .whole(head(bound).utf8.count))
        #expect(self.result(head(bound + 1)) == .refused(.tooLong))
        // What stands behind the bound changes nothing.
        #expect(self.result(head(bound, "\r")) == .refused(.tooLong))
        #expect(self.result(head(bound, "")) == .unfinished)
    }

    @Test func aFieldHasItsBound() {
        let bound = HTTPSettings.maxHeaderField
        let fits = Self.line + Self.field(bound) + "\r\n"
        #expect(self.result(fits) == .whole(fits.utf8.count))
        #expect(self.result(Self.line + Self.field(bound + 1)) == .refused(.tooLong))
        #expect(self.result(Self.line + String(repeating: "n", count: bound)) == .refused(.tooLong))
        #expect(self.result(Self.line + String(repeating: "n", count: bound - 1)) == .unfinished)
        let blanks = Self.line + "X:" + String(repeating: " ", count: bound - 2)
        #expect(self.result(blanks + "\r\n\r\n") == .whole(blanks.utf8.count + 4))
        #expect(self.result(blanks + " \r\n\r\n") == .refused(.tooLong))
        #expect(self.result(blanks + "\u{0}") == .refused(.tooLong))
        #expect(self.result(blanks) == .unfinished)
    }

    @Test func allFieldsHaveTheirBound() {
        let half = HTTPSettings.maxHeaderList / 2
        let fits = Self.line + Self.field(half) + Self.field(half - 10) + Self.field(10) + "\r\n"
        #expect(self.result(fits) == .whole(fits.utf8.count))
        #expect(self.result(Self.line + Self.field(half) + Self.field(half - 10) + Self.field(11)) == .refused(.tooLong))
        #expect(self.result(Self.line + Self.field(half) + Self.field(half) + "X") == .refused(.tooLong))
        let many = Self.line + String(repeating: "X:\r\n", count: HTTPSettings.maxHeaderCount)
        #expect(self.result(many + "\r\n") == .whole(many.utf8.count + 2))
        #expect(self.result(many + "X") == .refused(.tooLong))
    }

    /// A head at all its bounds, byte for byte: looking at what was looked at before would take hours here.
    @Test func everyByteIsLookedAtOnce() {
        let fields = String(repeating: Self.field(160), count: HTTPSettings.maxHeaderCount)
        let bytes = Array(("GET /" + String(repeating: "a", count: 8000) + " HTTP/1.1\r\n" + fields + "\r\n").utf8)
        #expect(self.parse(bytes, cuts: Array(bytes.indices)).0 == .whole(bytes.count))
    }
}
