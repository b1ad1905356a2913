/// An answer before it is bytes. All of ours are short and known in full.
package struct HTTPResponse: Sendable, Equatable {
    package var status: Int
    package var contentType: String?
    package var body: String
    /// Further header fields; names and values are the server's own or checked before.
    package var fields: [HTTPField] = []
    /// The connection ends with this answer.
    package var closes = false

    package struct HTTPField: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(status: Int, contentType: String?, body: String, fields: [HTTPField] = []) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.fields = fields
    }

    package static func json(_ body: String, isStored: Bool = true) -> HTTPResponse {
        HTTPResponse(
            status: 200, contentType: "application/json", body: body, fields: isStored ? [] : [HTTPField("Cache-Control", "no-store")])
    }

    package static func reason(_ status: Int) -> String {
        switch status {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 200: "OK"
        case 204: "No Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        default: "Unknown"
        }
    }
}
