import NIOCore
import SignalingRuntime
import Testing

@testable import HTTPServer

@Suite struct ProblemTests {
    @Test func aProblemIsRFC9457AndNeverStored() {
        let response = Problem(413, "a body has at most 4096 bytes", closes: true).response
        #expect(response.status == 413)
        #expect(response.contentType == "application/problem+json")
        #expect(
            response.body == #"{"type":"about:blank","title":"Content Too Large","status":413,"detail":"a body has at most 4096 bytes"}"#)
        #expect(response.fields == [.init("Cache-Control", "no-store")])
        #expect(response.closes)
    }

    @Test func problemsThatPassSayWhenToComeBack() {
        #expect(Problem.tooMany("x", retryAfter: 7).response.fields.first == .init("Retry-After", "7"))
        #expect(Problem.unavailable("x", retryAfter: 1).response.fields.first == .init("Retry-After", "1"))
        #expect(Problem.methodNotAllowed("GET").response.fields.first == .init("Allow", "GET"))
    }

    @Test(arguments: [
        ("plain", "plain"), (#"a "quoted" \ word"#, #"a \"quoted\" \\ word"#), ("tab\tnul\u{0}", #"tab\u0009nul\u0000"#),
        ("line\u{1f}é🚀", #"line\u001fé🚀"#), ("", ""),
    ])
    func detailsAreEscaped(text: String, escaped: String) {
        #expect(JSONEscaping.escape(text) == escaped)
    }
}

@Suite struct ResponseBytesTests {
    private func text(_ response: HTTPResponse, keepsAlive: Bool = true, omitsBody: Bool = false) -> String {
        var buffer = ByteBuffer()
        let surroundings = AnswerSurroundings(unixSeconds: 0, omitsBody: omitsBody, keepsAlive: keepsAlive)
        buffer.write(.response(response), to: nil, surroundings, CORSPolicy(dev: true, allowed: []), dates: DateLine())
        return String(buffer: buffer)
    }

    @Test func anAnswerIsWrittenWhole() {
        let response = HTTPResponse(status: 200, contentType: "text/plain", body: "grüße", fields: [.init("X", "y")])
        #expect(
            self.text(response)
                == "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nX: y\r\n\r\ngrüße"
        )
    }

    @Test func aHeadAnswerAnnouncesTheBodyItDoesNotHave() {
        let text = self.text(.json("{}"), omitsBody: true)
        #expect(text.contains("Content-Length: 2\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test func noContentHasNoLength() {
        #expect(!self.text(HTTPResponse(status: 204, contentType: nil, body: "")).contains("Content-"))
    }

    @Test func theLastAnswerSaysSo() {
        #expect(self.text(.json("{}"), keepsAlive: false).contains("\r\nConnection: close\r\n"))
        #expect(!self.text(.json("{}")).contains("Connection"))
    }

    @Test(arguments: [101, 200, 204, 304, 400, 403, 404, 405, 408, 410, 413, 415, 426, 429, 431, 501, 503])
    func everyStatusHasAReason(status: Int) {
        #expect(HTTPResponse.reason(status) != "Unknown")
    }
}
