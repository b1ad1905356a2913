/// The target of a request (RFC 9112 section 3.2): most clients send a path, and those that think of a proxy a whole URI.
struct RequestTarget {
    /// Of a whole `http` or `https` URI: what stands between its slashes.
    let authority: Substring?
    private let rest: Substring

    init(_ text: String) {
        // A path, which is what nearly all targets are, needs no look at schemes.
        guard text.utf8.first != UInt8(ascii: "/"), let start = Self.endOfScheme(text) else {
            self.authority = nil
            self.rest = text[...]
            return
        }
        let authority = text[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        self.authority = authority
        self.rest = text[authority.endIndex...]
    }

    /// Without query and fragment.
    var path: Substring { self.rest.prefix { $0 != "?" && $0 != "#" } }

    private static func endOfScheme(_ text: String) -> String.Index? {
        guard let end = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<end.lowerBound].lowercasedASCII
        return scheme == "http" || scheme == "https" ? end.upperBound : nil
    }
}
