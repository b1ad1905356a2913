/// An error response: RFC 9457 problem details. `detail` says what to do about it.
package struct Problem: Error, Sendable, Equatable {
    package var status: HTTPStatus
    package var detail: String
    package var fields: [HTTPField] = []
    /// The rest of the request cannot or shall not be read.
    package var closes = false

    package init(_ status: HTTPStatus, _ detail: String, fields: [HTTPField] = [], closes: Bool = false) {
        self.status = status
        self.detail = detail
        self.fields = fields
        self.closes = closes
    }

    package var response: HTTPResponse {
        let title = self.status.reason
        let detail = JSONEscaping.escape(self.detail)
        let body = #"{"type":"about:blank","title":"\#(title)","status":\#(self.status.code),"detail":"\#(detail)"}"#
        var response = HTTPResponse(
            self.status, contentType: "application/problem+json", body: .text(body), fields: self.fields, closes: self.closes)
        response.reason = self.detail
        return response
    }

    package static func tooMany(_ detail: String, retryAfter seconds: Int) -> Problem {
        Problem(.tooManyRequests, detail, fields: [.init("Retry-After", String(seconds))])
    }

    package static func unavailable(_ detail: String, retryAfter seconds: Int) -> Problem {
        Problem(.serviceUnavailable, detail, fields: [.init("Retry-After", String(seconds))])
    }

    package static let bodyTooLarge = Problem(.contentTooLarge, "a body has at most \(HTTPSettings.maxBody) bytes", closes: true)

    package static func methodNotAllowed(_ allowed: String) -> Problem {
        Problem(.methodNotAllowed, "use \(allowed)", fields: [.init("Allow", allowed)])
    }
}

package enum JSONEscaping {
    package static func escape(_ text: String) -> String {
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
