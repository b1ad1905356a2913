import NIOConcurrencyHelpers
import NIOCore

/// Which web pages may use the server, judged by the Origin that browsers send.
package final class CORSPolicy: Sendable {
    private struct Rules: Sendable {
        /// DEV=true: every page may.
        let allowsAll: Bool
        /// Lower-case origins (`https://app.example:8443`).
        let origins: Set<String>
        /// Lower-case host names, allowed with any scheme and port.
        let hosts: Set<String>

        init(dev: Bool, allowed: [String]) {
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
    }

    private let rules: NIOLockedValueBox<Rules>

    package init(dev: Bool, allowed: [String]) { self.rules = NIOLockedValueBox(Rules(dev: dev, allowed: allowed)) }

    /// Other pages may from now on.
    package func change(dev: Bool, allowed: [String]) {
        let rules = Rules(dev: dev, allowed: allowed)
        self.rules.withLockedValue { $0 = rules }
    }

    /// Whether every page may.
    var allowsEveryPage: Bool { self.rules.withLockedValue { $0.allowsAll } }

    /// Refuses the request of a page that may not use the server.
    package func check(_ request: HTTPRequest) throws(Problem) {
        let head = request.head
        guard head.origin.count <= 1, request.isFromOwnPage || self.allows(head.originText) else {
            throw Problem(.forbidden, "pages of this origin may not connect; the operator allows origins with CORS_ORIGINS", closes: true)
        }
    }

    /// Whether a request with this Origin is allowed. One without an Origin was not sent by a page of another origin.
    package func allows(_ origin: @autoclosure () -> String?) -> Bool {
        guard !self.allowsEveryPage, let origin = origin()?.lowercasedASCII else { return true }
        let rules = self.rules.withLockedValue { $0 }
        if rules.origins.contains(origin) { return true }
        guard let host = Self.host(of: origin) else { return false }
        return rules.hosts.contains(host)
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
        return self.allowsEveryPage ? .all : self.permission(for: head.originText, isOwnPage: isOwnPage)
    }

    package func permission(for origin: String?, isOwnPage: Bool = false) -> Permission {
        guard let origin else { return .notAsked }
        if self.allowsEveryPage { return .all }
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
