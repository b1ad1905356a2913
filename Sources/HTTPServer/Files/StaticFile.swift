package import NIOCore

/// A file that is served: its bytes, which all responses share, and the header fields that go with it.
package final class StaticFile: Sendable {
    /// Who a file is for; that decides what browsers are told of it.
    package enum Audience: Sendable {
        /// A file that pages of any origin may read, and import if it is a module.
        case anyPage
        /// The same, under an address that never has other bytes.
        case anyPageForGood
        /// A part of the server's own page.
        case ownPage
    }

    package let path: String
    package let audience: Audience
    package let body: ByteBuffer
    /// A strong validator: equal tags mean equal bytes, whichever server sent them.
    package let entityTag: String
    package let contentType: String
    /// A script that may work for the whole page, although it does not lie above all of it.
    private let isServiceWorker: Bool

    /// `path` is where it is served. The ending of `name`, the file's own name, tells the type.
    package init(path: String, name: String, audience: Audience, body: ByteBuffer) {
        self.path = path
        self.audience = audience
        self.body = body
        self.entityTag = "\"\(SHA1.digest(body.readableBytesUInt8Span).text)\""
        self.contentType = Self.contentType(of: name)
        self.isServiceWorker = audience == .ownPage && name == "service-worker.js"
    }

    private static let contentTypes = [
        "js": "text/javascript; charset=utf-8", "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml; charset=utf-8", "png": "image/png", "ts": "text/plain; charset=utf-8", "json": "application/json",
        "webmanifest": "application/manifest+json", "yaml": "application/yaml",
    ]

    private static func contentType(of name: String) -> String {
        name.split(separator: ".").last.flatMap { Self.contentTypes[String($0)] } ?? "application/octet-stream"
    }

    /// Whether the client has it already.
    package func isKnown(to request: HTTPRequest) -> Bool {
        let head = request.head
        // Of several lines only the first counts: to send the whole file is never wrong.
        return EntityTags.list(head.ifNoneMatch.value, names: self.entityTag, in: head.bytes.readableBytesUInt8Span)
    }

    // MARK: - What browsers are told

    /// The page may load what its own server serves, and connect to it; `'self'` includes ws and wss (Content Security Policy level 3).
    /// Inline scripts and styles are forbidden, and so are frames around the page.
    package static let contentSecurityPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; \
        manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    /// What the page needs none of.
    package static let permissionsPolicy =
        "camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), hid=(), midi=(), payment=()"

    /// Fields of a 200 and of a 304. Caches keep the file, and ask each time whether it has changed, unless it cannot.
    var fields: [HTTPField] {
        let caching = self.audience == .anyPageForGood ? "public, max-age=31536000, immutable" : "no-cache"
        let cached: [HTTPField] = [.init("ETag", self.entityTag), .init("Cache-Control", caching)]
        switch self.audience {
        // Browsers fetch module scripts with CORS, and isolated pages (COEP) ask for the resource policy.
        case .anyPage, .anyPageForGood:
            return cached + [.init("Access-Control-Allow-Origin", "*"), .init("Cross-Origin-Resource-Policy", "cross-origin")]
        case .ownPage: return cached + [.init("Cross-Origin-Resource-Policy", "same-origin")]
        }
    }

    /// Further fields of a 200.
    var bodyFields: [HTTPField] {
        let typed: [HTTPField] = [.init("X-Content-Type-Options", "nosniff")]
        switch self.audience {
        case .anyPage, .anyPageForGood: return typed
        case .ownPage:
            let allowed: [HTTPField] = self.isServiceWorker ? [.init("Service-Worker-Allowed", "/")] : []
            return typed + allowed + [
                .init("Content-Security-Policy", Self.contentSecurityPolicy), .init("Referrer-Policy", "no-referrer"),
                .init("Cross-Origin-Opener-Policy", "same-origin"), .init("Permissions-Policy", Self.permissionsPolicy),
            ]
        }
    }
}
