/// Which web pages may use the server: by the Origin that browsers send along.
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

    /// Whether a request with this Origin may go on. None at all means that no browser sent it.
    package func allows(_ origin: String?) -> Bool {
        guard !self.allowsAll, let origin = origin?.lowercasedASCII else { return true }
        if self.origins.contains(origin) { return true }
        guard let host = Self.host(of: origin) else { return false }
        return self.hosts.contains(host)
    }

    /// The header fields that let the page read the answer; none where it may not.
    package func fields(for origin: String?) -> [HTTPResponse.HTTPField] {
        guard let origin else { return [] }
        if self.allowsAll {
            return [.init("Access-Control-Allow-Origin", "*"), .init("Access-Control-Expose-Headers", "Retry-After")]
        }
        // The answer depends on who asks, so caches must keep the answers apart, also the one without permission.
        let vary = HTTPResponse.HTTPField("Vary", "Origin")
        guard self.allows(origin) else { return [vary] }
        return [.init("Access-Control-Allow-Origin", origin), .init("Access-Control-Expose-Headers", "Retry-After"), vary]
    }

    /// What a preflight is told besides: the methods of a route.
    package func preflight(for origin: String?, methods: String) -> HTTPResponse {
        var response = HTTPResponse(status: 204, contentType: nil, body: "", fields: [.init("Allow", methods)])
        if origin != nil, self.allows(origin) {
            response.fields.append(.init("Access-Control-Allow-Methods", methods))
            response.fields.append(.init("Access-Control-Allow-Headers", "Content-Type"))
            response.fields.append(.init("Access-Control-Max-Age", "600"))
        }
        return response
    }

    /// The host of `scheme://host[:port]`, brackets of an IPv6 address included. Read by bytes: to a Character, a separator and a combining
    /// mark behind it are one thing, and no separator.
    private static func host(of origin: String) -> String? {
        let start = origin.utf8.drop { $0 != UInt8(ascii: ":") }
        guard start.starts(with: "://".utf8) else { return nil }
        let authority = start.dropFirst(3)
        let isBracketed = authority.first == UInt8(ascii: "[")
        guard let end = isBracketed ? authority.firstIndex(of: UInt8(ascii: "]")).map(authority.index(after:)) : authority.endIndex else {
            return nil
        }
        let host = isBracketed ? authority[..<end] : authority.prefix { $0 != UInt8(ascii: ":") }
        let port = authority[host.endIndex...]
        guard port.isEmpty || port.count > 1 && port.first == UInt8(ascii: ":") && port.dropFirst().allSatisfy(Self.isDigit) else {
            return nil
        }
        return String(Substring(host))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
