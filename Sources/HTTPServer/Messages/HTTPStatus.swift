import MetricsCore

/// The statuses that this server sends, in the order in which the metrics list them.
package enum HTTPStatus: Int, LabelSet, CaseIterable {
    case switchingProtocols, ok, noContent, notModified, permanentRedirect
    case badRequest, unauthorized, forbidden, notFound, methodNotAllowed, requestTimeout, gone, contentTooLarge, unsupportedMediaType
    case misdirectedRequest, upgradeRequired, tooManyRequests, headerFieldsTooLarge
    case notImplemented, badGateway, serviceUnavailable, gatewayTimeout

    /// As the status line has it: code and reason phrase.
    var line: StaticString {
        switch self {
        case .switchingProtocols: "101 Switching Protocols"
        case .ok: "200 OK"
        case .noContent: "204 No Content"
        case .notModified: "304 Not Modified"
        case .permanentRedirect: "308 Permanent Redirect"
        case .badRequest: "400 Bad Request"
        case .unauthorized: "401 Unauthorized"
        case .forbidden: "403 Forbidden"
        case .notFound: "404 Not Found"
        case .methodNotAllowed: "405 Method Not Allowed"
        case .requestTimeout: "408 Request Timeout"
        case .gone: "410 Gone"
        case .contentTooLarge: "413 Content Too Large"
        case .unsupportedMediaType: "415 Unsupported Media Type"
        case .misdirectedRequest: "421 Misdirected Request"
        case .upgradeRequired: "426 Upgrade Required"
        case .tooManyRequests: "429 Too Many Requests"
        case .headerFieldsTooLarge: "431 Request Header Fields Too Large"
        case .notImplemented: "501 Not Implemented"
        case .badGateway: "502 Bad Gateway"
        case .serviceUnavailable: "503 Service Unavailable"
        case .gatewayTimeout: "504 Gateway Timeout"
        }
    }

    package var code: Int {
        // The literals are ASCII, hence pointer-backed, and begin with three digits.
        let digits = self.line.utf8Start
        return (Int(digits[0]) * 10 + Int(digits[1])) * 10 + Int(digits[2]) - 111 * 0x30
    }

    /// The reason phrase.
    package var reason: String { String("\(self.line)".dropFirst(4)) }

    package static let names = HTTPStatus.allCases.map { String($0.code) }
}
