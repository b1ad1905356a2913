import MetricsCore

/// The statuses that this server sends: the code, its reason phrase, and its place in the metrics.
package enum HTTPStatus: Int, LabelSet, CaseIterable {
    case switchingProtocols, ok, noContent, notModified
    case badRequest, forbidden, notFound, methodNotAllowed, requestTimeout, gone, contentTooLarge, unsupportedMediaType
    case upgradeRequired, tooManyRequests, headerFieldsTooLarge
    case notImplemented, serviceUnavailable

    package var code: Int { self.row.code }

    package var reason: StaticString { self.row.reason }

    package static let names = HTTPStatus.allCases.map { String($0.code) }

    private var row: (code: Int, reason: StaticString) {
        switch self {
        case .switchingProtocols: (101, "Switching Protocols")
        case .ok: (200, "OK")
        case .noContent: (204, "No Content")
        case .notModified: (304, "Not Modified")
        case .badRequest: (400, "Bad Request")
        case .forbidden: (403, "Forbidden")
        case .notFound: (404, "Not Found")
        case .methodNotAllowed: (405, "Method Not Allowed")
        case .requestTimeout: (408, "Request Timeout")
        case .gone: (410, "Gone")
        case .contentTooLarge: (413, "Content Too Large")
        case .unsupportedMediaType: (415, "Unsupported Media Type")
        case .upgradeRequired: (426, "Upgrade Required")
        case .tooManyRequests: (429, "Too Many Requests")
        case .headerFieldsTooLarge: (431, "Request Header Fields Too Large")
        case .notImplemented: (501, "Not Implemented")
        case .serviceUnavailable: (503, "Service Unavailable")
        }
    }
}
