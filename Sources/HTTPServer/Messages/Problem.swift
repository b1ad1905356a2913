/// An error answer: RFC 9457 problem details. `detail` says what to do about it.
package struct Problem: Error, Sendable, Equatable {
    package var status: Int
    package var detail: String
    package var fields: [HTTPResponse.HTTPField] = []
    /// The rest of the request cannot or shall not be read.
    package var closes = false

    package init(_ status: Int, _ detail: String, fields: [HTTPResponse.HTTPField] = [], closes: Bool = false) {
        self.status = status
        self.detail = detail
        self.fields = fields
        self.closes = closes
    }

    package var response: HTTPResponse {
        let title = HTTPResponse.reason(self.status)
        let body = #"{"type":"about:blank","title":"\#(title)","status":\#(self.status),"detail":"\#(JSONEscaping.escape(self.detail))"}"#
        var response = HTTPResponse(status: self.status, contentType: "application/problem+json", body: body, fields: self.fields)
        response.fields.append(.init("Cache-Control", "no-store"))
        response.closes = self.closes
        return response
    }

    package static func tooMany(_ detail: String, retryAfter seconds: Int) -> Problem {
        Problem(429, detail, fields: [.init("Retry-After", String(seconds))])
    }

    package static func unavailable(_ detail: String, retryAfter seconds: Int) -> Problem {
        Problem(503, detail, fields: [.init("Retry-After", String(seconds))])
    }

    package static let bodyTooLarge = Problem(413, "a body has at most \(HTTPSettings.maxBody) bytes", closes: true)

    package static func methodNotAllowed(_ allowed: String) -> Problem {
        Problem(405, "use \(allowed)", fields: [.init("Allow", allowed)])
    }
}

enum JSONEscaping {
    static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 < 0x20 }) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case _ where scalar.value < 0x20: escaped += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
