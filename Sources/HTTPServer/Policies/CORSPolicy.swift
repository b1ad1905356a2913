import NIOCore

/// Which web pages may use the server, judged by the Origin that browsers send.
package struct CORSPolicy: Sendable, Equatable {
    /// DEV=true: every page may.
    private let allowsAll: Bool
    /// Lower-case origins (`https://app.example:8443`).
    private let origins: Set<String>
    /// Lower-case host names, allowed with any scheme and port.
    private let hosts: Set<String>

    package init(dev: Bool, allowed: [String]) {
        self.allowsAll = dev
        var origins: Set<String> = []
        var hosts: Set<String> = []
        for entry in allowed {
            let entry = entry.lowercased()
            if entry.contains("://") {
                origins.insert(entry.hasSuffix("/") ? String(entry.dropLast()) : entry)
            } else {
                hosts.insert(entry)
            }
        }
        self.origins = origins
        self.hosts = hosts
    }

    /// Whether every page may.
    var allowsEveryPage: Bool { self.allowsAll }

    /// Refuses the request of a page that may not use the server.
    package func check(_ request: HTTPRequest) throws(Problem) {
        let head = request.head
        guard head.origin.count <= 1, request.isFromOwnPage || self.allows(head.originText) else {
            throw Problem(.forbidden, "pages of this origin may not connect; the operator allows origins with CORS_ORIGINS", closes: true)
        }
    }

    /// Whether a request with this Origin is allowed. One without an Origin was not sent by a page of another origin.
    package func allows(_ origin: @autoclosure () -> String?) -> Bool {
        guard !self.allowsAll, let origin = origin()?.lowercasedASCII else { return true }
        if self.origins.contains(origin) { return true }
        guard let host = Self.host(of: origin) else { return false }
        return self.hosts.contains(host)
    }

    /// Which pages may read the response to a request.
    package enum Permission: Sendable, Equatable {
        /// Nothing is said about that, as no browser asked.
        case notAsked
        case all
        /// Those of this origin.
        case only(String)
        /// Not the one that sent the request.
        case refused
    }

    func permission(for head: RequestHead, isOwnPage: Bool = false) -> Permission {
        guard head.origin.count > 0 else { return .notAsked }
        return self.allowsAll ? .all : self.permission(for: head.originText, isOwnPage: isOwnPage)
    }

    package func permission(for origin: String?, isOwnPage: Bool = false) -> Permission {
        guard let origin else { return .notAsked }
        if self.allowsAll { return .all }
        return isOwnPage || self.allows(origin) ? .only(origin) : .refused
    }

    /// The response to OPTIONS, which is most often a preflight.
    package func preflight(for origin: String?, isOwnPage: Bool = false, methods: String) -> HTTPResponse {
        var response = HTTPResponse(.noContent, contentType: nil, body: .text(""), fields: [.init("Allow", methods)], isStorable: true)
        if let origin, isOwnPage || self.allows(origin) {
            response.fields.append(.init("Access-Control-Allow-Methods", methods))
            response.fields.append(.init("Access-Control-Allow-Headers", "Content-Type, Authorization"))
            response.fields.append(.init("Access-Control-Max-Age", "600"))
        }
        return response
    }

    /// The host of `scheme://host[:port]`, with the brackets of an IPv6 address.
    private static func host(of origin: String) -> String? {
        // Bytes, not Characters: a combining mark behind a separator would be one Character with it.
        let text = Array(origin.utf8)
        let bytes = text.span
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":"), in: 0..<text.count), text.count - colon >= 3,
            bytes.equals("://", in: colon..<colon + 3), let authority = Authority(bytes, colon + 3..<text.count),
            authority.port?.isEmpty != true
        else { return nil }
        return String(decoding: text[authority.host], as: UTF8.self)
    }
}
