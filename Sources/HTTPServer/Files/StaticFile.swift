package import NIOCore

/// A file as it is served: bytes that all responses share, and what their heads say.
package final class StaticFile: Sendable {
    /// Who a file is for; that decides what browsers are told of it.
    package enum Audience: Sendable {
        /// A module that pages of any origin may import.
        case anyPage
        /// A part of the server's own page.
        case ownPage
    }

    package let path: String
    package let audience: Audience
    package let body: ByteBuffer
    /// Strong: the same text byte for byte, whichever server sent it.
    package let entityTag: String
    package let contentType: String

    /// `path` is where it is served, and `name` the file's, whose ending tells the type.
    package init(path: String, name: String, audience: Audience, body: ByteBuffer) {
        self.path = path
        self.audience = audience
        self.body = body
        self.entityTag = "\"\(SHA1.digest(body.readableBytesUInt8Span).text)\""
        self.contentType = Self.contentType(of: name)
    }

    private static let contentTypes = [
        "js": "text/javascript; charset=utf-8", "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml; charset=utf-8", "ts": "text/plain; charset=utf-8", "webmanifest": "application/manifest+json",
    ]

    private static func contentType(of name: String) -> String {
        name.split(separator: ".").last.flatMap { Self.contentTypes[String($0)] } ?? "application/octet-stream"
    }

    /// Whether the client has it already.
    package func isKnown(to request: HTTPRequest) -> Bool {
        let head = request.head
        // Of several lines the first is looked at: the whole response is never wrong.
        return EntityTags.list(head.ifNoneMatch.value, names: self.entityTag, in: head.bytes.readableBytesUInt8Span)
    }

    // MARK: - What browsers are told

    /// Nothing but what the server itself serves, and connections to it: to `self` over ws and wss too, as Content Security Policy
    /// level 3 has it. No inline script or style, no frame around the page.
    package static let contentSecurityPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; \
        manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    /// Said of the file with and without its body. Caches keep it and ask each time whether it is still the same.
    var fields: [HTTPField] {
        let cached: [HTTPField] = [.init("ETag", self.entityTag), .init("Cache-Control", "no-cache")]
        switch self.audience {
        // Module scripts are fetched by the rules for other origins, and by pages that isolate themselves.
        case .anyPage: return cached + [.init("Access-Control-Allow-Origin", "*"), .init("Cross-Origin-Resource-Policy", "cross-origin")]
        case .ownPage: return cached + [.init("Cross-Origin-Resource-Policy", "same-origin")]
        }
    }

    /// Said of its body.
    var bodyFields: [HTTPField] {
        let typed: [HTTPField] = [.init("X-Content-Type-Options", "nosniff")]
        switch self.audience {
        case .anyPage: return typed
        case .ownPage:
            return typed + [.init("Content-Security-Policy", Self.contentSecurityPolicy), .init("Referrer-Policy", "no-referrer")]
        }
    }
}
