import NIOCore
import Testing

@testable import HTTPServer

/// Responses as they are sent.
@Suite struct ResponseBytesTests {
    private static let open = CORSPolicy(dev: true, allowed: [])
    private static let listed = CORSPolicy(dev: false, allowed: ["pages.example"])

    /// `fields`: those of the request.
    private func text(
        _ response: HTTPResponse, to fields: [(String, String)] = [], _ cors: CORSPolicy = Self.open, keepsAlive: Bool = true,
        omitsBody: Bool = false
    ) throws -> String {
        var buffer = ByteBuffer()
        let head = try RequestHead.read("POST", "/x", fields)
        let permission = try cors.permission(for: #require(head))
        let surroundings = ResponseSurroundings(unixSeconds: 0, omitsBody: omitsBody, keepsAlive: keepsAlive, permission: permission)
        buffer.write(response, surroundings, dates: DateLine())
        return String(buffer: buffer)
    }

    @Test func aResponseIsWrittenWhole() throws {
        let response = HTTPResponse(.ok, contentType: "text/plain", body: .text("grüße"), fields: [.init("X", "y")], isStorable: true)
        #expect(
            try self.text(response)
                == "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nX: y\r\n\r\ngrüße"
        )
        let problem = Problem.unavailable("x", retryAfter: 1).response
        #expect(
            try self.text(problem, to: [("Origin", "a://b")], keepsAlive: false)
                == "HTTP/1.1 503 Service Unavailable\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: application/problem+json\r\n"
                + "Content-Length: 78\r\nRetry-After: 1\r\nCache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\n"
                + "Access-Control-Expose-Headers: Retry-After\r\nConnection: close\r\n\r\n"
                + #"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"x"}"#)
    }

    @Test func aBodyInABufferIsTheSameAsText() throws {
        #expect(try self.text(.json(.bytes(ByteBuffer(string: "grüße")))) == self.text(.json(.text("grüße"))))
    }

    @Test func aResponseToHeadAnnouncesTheBodyItDoesNotHave() throws {
        for body in [HTTPResponse.Body.text("{}"), .bytes(ByteBuffer(string: "{}"))] {
            let text = try self.text(.json(body), omitsBody: true)
            #expect(text.contains("Content-Length: 2\r\n"))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func noContentHasNoLength() throws {
        #expect(try !self.text(HTTPResponse(.noContent, contentType: nil, body: .text(""))).contains("Content-"))
    }

    @Test func theLastResponseSaysSo() throws {
        #expect(try self.text(.json(.text("{}")), keepsAlive: false).contains("\r\nConnection: close\r\n"))
        #expect(try !self.text(.json(.text("{}"))).contains("Connection"))
    }

    @Test func whatIsTrueNowOnlyIsNotStored() throws {
        #expect(try self.text(.json(.text("{}"))).contains("\r\nCache-Control: no-store\r\n"))
        #expect(try self.text(Problem(.gone, "x").response).contains("\r\nCache-Control: no-store\r\n"))
        #expect(try !self.text(HTTPResponse(.ok, contentType: nil, body: .text(""), isStorable: true)).contains("Cache-Control"))
    }

    @Test func aPageIsToldWhatItMayRead() throws {
        let response = HTTPResponse.json(.text("{}"))
        let origin = [("Origin", "https://Pages.example")]
        #expect(try self.text(response, to: origin).contains("\r\nAccess-Control-Allow-Origin: *\r\n"))
        #expect(
            try self.text(response, to: origin, Self.listed).contains(
                "no-store\r\nAccess-Control-Allow-Origin: https://Pages.example\r\nAccess-Control-Expose-Headers: Retry-After\r\n"
                    + "Vary: Origin\r\n\r\n"))
        #expect(try self.text(response, to: [("Origin", "https://x.example")], Self.listed).contains("no-store\r\nVary: Origin\r\n\r\n"))
        for cors in [Self.open, Self.listed] { #expect(try !self.text(response, cors).contains("Access-Control")) }
    }

    @Test func numbersAreWrittenInDecimal() {
        for number in [0, 1, 9, 10, 99, 100, 431, 1000, 65_535, 9_999_999, 10_000_000, 99_999_999, 100_000_000, .max] {
            var buffer = ByteBuffer(string: "<")
            buffer.writeNumber(number)
            buffer.writeString(">")
            #expect(String(buffer: buffer) == "<\(number)>")
        }
    }
}

@Suite struct HTTPStatusTests {
    @Test func everyStatusHasACodeAndAReasonOfItsOwn() {
        let all = HTTPStatus.allCases
        #expect(Set(all.map(\.code)).count == all.count && Set(all.map(\.reason)).count == all.count)
        for status in all { #expect((100...599).contains(status.code) && "\(status.line)" == "\(status.code) \(status.reason)") }
        #expect(HTTPStatus.notFound.code == 404 && HTTPStatus.notFound.reason == "Not Found")
        // In order, as the metrics list them.
        #expect(all.map(\.code) == all.map(\.code).sorted())
    }

    /// Of the statuses the metrics keep a count each.
    @Test func aStatusIsItsLabel() {
        #expect(HTTPStatus.names == HTTPStatus.allCases.map { "\($0.code)" })
        for status in HTTPStatus.allCases { #expect(HTTPStatus.names[status.rawValue] == "\(status.code)") }
    }
}
