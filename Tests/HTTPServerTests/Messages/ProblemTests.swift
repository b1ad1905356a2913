import Testing

@testable import HTTPServer

@Suite struct ProblemTests {
    @Test func aProblemIsRFC9457AndNeverStored() {
        let response = Problem(.contentTooLarge, "a body has at most 4096 bytes", closes: true).response
        #expect(response.status == .contentTooLarge)
        #expect(response.contentType == "application/problem+json")
        #expect(
            response.body.text
                == #"{"type":"about:blank","title":"Content Too Large","status":413,"detail":"a body has at most 4096 bytes"}"#)
        #expect(!response.isStorable)
        #expect(response.closes)
    }

    @Test func problemsThatPassSayWhenToComeBack() {
        #expect(Problem.tooMany("x", retryAfter: 7).response.fields == [.init("Retry-After", "7")])
        #expect(Problem.unavailable("x", retryAfter: 1).response.fields == [.init("Retry-After", "1")])
        #expect(Problem.methodNotAllowed("GET").response.fields == [.init("Allow", "GET")])
    }

    @Test(arguments: [
        ("plain", "plain"), (#"a "quoted" \ word"#, #"a \"quoted\" \\ word"#), ("tab\tnul\u{0}", #"tab\u0009nul\u0000"#),
        ("line\u{1f}é🚀", #"line\u001fé🚀"#), ("", ""),
    ])
    func detailsAreEscaped(text: String, escaped: String) {
        #expect(JSONEscaping.escape(text) == escaped)
    }
}

extension HTTPResponse.Body {
    /// Nil where it is not text.
    fileprivate var text: String? {
        if case .text(let text) = self { return text }
        return nil
    }
}
