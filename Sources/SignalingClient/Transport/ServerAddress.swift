/// Where a server is: an `http` or `https` URL, perhaps with a path, for a server behind a proxy.
public struct ServerAddress: Sendable, Hashable {
    public let isSecure: Bool
    /// Without the brackets of an IPv6 address.
    public let host: String
    public let port: Int
    /// Empty, or with a slash at its beginning and none at its end.
    public let path: String

    /// Throws `invalid_argument` for anything else.
    public init(_ url: String) throws(ClientError) {
        guard let address = Self.parse(url) else {
            throw ClientError(.invalidArgument, "the server's address must be a URL such as https://rendezvous.example")
        }
        self = address
    }

    init(isSecure: Bool, host: String, port: Int, path: String) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.path = path
    }

    /// As the field Host has it.
    public var authority: String {
        let name = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == (self.isSecure ? 443 : 80) ? name : "\(name):\(self.port)"
    }

    private static func parse(_ url: String) -> ServerAddress? {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }), let colon = url.firstIndex(of: ":"),
            url[colon...].hasPrefix("://")
        else { return nil }
        let isSecure: Bool
        switch url[..<colon].lowercased() {
        case "http", "ws": isSecure = false
        case "https", "wss": isSecure = true
        default: return nil
        }
        let rest = url[colon...].dropFirst(3)
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard let (host, port) = Self.authority(rest[..<end], isSecure: isSecure) else { return nil }
        var path = rest[end...]
        // A query or a fragment belongs to a page of the server, and not to the server.
        if let tail = path.firstIndex(where: { "?#".contains($0) }) { path = path[..<tail] }
        while path.last == "/" { path.removeLast() }
        return ServerAddress(isSecure: isSecure, host: host, port: port, path: String(path))
    }

    private static func authority(_ text: Substring, isSecure: Bool) -> (host: String, port: Int)? {
        guard !text.contains("@") else { return nil }
        let host: Substring
        var rest: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || ":.%".contains($0) }) else { return nil }
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<end]
            rest = text[end...]
            guard host.allSatisfy({ $0.isLetter || $0.isNumber || "-._".contains($0) }) else { return nil }
        }
        guard !host.isEmpty else { return nil }
        var port = isSecure ? 443 : 80
        if rest.first == ":" {
            rest.removeFirst()
            if !rest.isEmpty {
                guard rest.allSatisfy(\.isNumber), let number = UInt16(rest), number > 0 else { return nil }
                port = Int(number)
            }
        } else if !rest.isEmpty {
            return nil
        }
        return (String(host), port)
    }
}
