package import NIOCore

/// A response, with all of its body, before it is written.
package struct HTTPResponse: Sendable {
    package enum Body: Sendable {
        case text(String)
        /// In a buffer from `LoopContext.takeBuffer`; the loop gets it back when the response is written.
        case bytes(ByteBuffer)
        case file(StaticFile)
        /// The client has the file already.
        case notModified(StaticFile)
    }

    package var status: HTTPStatus
    package var contentType: String?
    package var body: Body
    /// Further header fields; names and values are the server's own or checked before.
    package var fields: [HTTPField] = []
    /// If false, it says `Cache-Control: no-store`. If true, it says what `fields` say.
    package var isStorable: Bool
    /// The connection ends with this response.
    package var closes = false
    /// Of a refusal, what the log says of it.
    package var reason: String?

    package init(
        _ status: HTTPStatus, contentType: String?, body: Body, fields: [HTTPField] = [], isStorable: Bool = false, closes: Bool = false
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.fields = fields
        self.isStorable = isStorable
        self.closes = closes
    }

    /// JSON that must not be stored.
    package static func json(_ body: Body) -> HTTPResponse { HTTPResponse(.ok, contentType: "application/json", body: body) }

    package static func file(_ file: StaticFile) -> HTTPResponse {
        HTTPResponse(.ok, contentType: file.contentType, body: .file(file), fields: file.fields + file.bodyFields, isStorable: true)
    }

    package static func notModified(_ file: StaticFile) -> HTTPResponse {
        HTTPResponse(.notModified, contentType: nil, body: .notModified(file), fields: file.fields, isStorable: true)
    }

    /// Takes the loop's buffer out, if the body is in one; the body is empty then.
    mutating func takeBuffer() -> ByteBuffer? {
        guard case .bytes(let buffer) = self.body else { return nil }
        // The loop can use the buffer again only if nobody else holds it.
        self.body = .text("")
        return buffer
    }
}

/// A header field.
package struct HTTPField: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
