import NIOHTTP1

/// What a request's head must be beyond what NIO's parser sees to. Whatever two servers in a row could read differently is refused, and
/// the connection with it: how a body is framed (RFC 9112 section 6.3) and whom the request is for (section 3.2).
enum HeadRules {
    static func violation(of head: HTTPRequestHead) -> Problem? {
        self.hostViolation(head) ?? self.framingViolation(head)
    }

    /// Whether a body follows, or is said to.
    static func announcesBody(_ head: HTTPRequestHead) -> Bool {
        head.headers.contains(name: "Transfer-Encoding") || self.contentLength(head) ?? 0 > 0
    }

    // MARK: - The body

    /// The parser refuses whatever has both Content-Length and Transfer-Encoding, lengths that repeat or are no numbers, and codings of
    /// which chunked is not the last.
    private static func framingViolation(_ head: HTTPRequestHead) -> Problem? {
        if let length = self.contentLength(head), length > HTTPSettings.maxBody { return .bodyTooLarge }
        let codings = head.headers["Transfer-Encoding"]
        guard !codings.isEmpty else { return nil }
        // Section 6.1: there were no codings before HTTP/1.1, so a proxy of that time has passed this on unread.
        guard head.version == .http1_1 else { return Problem(400, "HTTP/1.0 has no Transfer-Encoding", closes: true) }
        let names = codings.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
            .map { $0.trimmingSpaces().lowercasedASCII }
        if names == ["chunked"] { return nil }
        guard names.last == "chunked", !names.contains("") else {
            return Problem(400, "chunked must be the last transfer coding", closes: true)
        }
        return Problem(501, "the only transfer coding known here is chunked", closes: true)
    }

    private static func contentLength(_ head: HTTPRequestHead) -> UInt64? {
        // The parser has made sure that it is one number that fits, with spaces behind it at the most.
        head.headers.first(name: "Content-Length").map { UInt64($0[...].trimmingSpaces()) ?? .max }
    }

    // MARK: - The host

    private static func hostViolation(_ head: HTTPRequestHead) -> Problem? {
        let hosts = head.headers["Host"]
        guard hosts.count == 1 || (hosts.isEmpty && head.version == .http1_0) else {
            return Problem(400, "a request must have one Host header", closes: true)
        }
        if let host = hosts.first, !self.isAuthority(host[...].trimmingSpaces()) {
            return Problem(400, "Host must be a name or an address, and a port if need be", closes: true)
        }
        if let authority = RequestTarget(head.uri).authority, !self.isAuthority(authority) {
            return Problem(400, "the target must name a host, and no user", closes: true)
        }
        return nil
    }

    /// `uri-host [":" port]`. Names are held to what names are made of; the URI syntax has room for commas, which come from two Host fields
    /// joined.
    private static func isAuthority(_ text: Substring) -> Bool {
        var rest = text.utf8[...]
        let host: Substring.UTF8View
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
            host = rest[..<end].dropFirst()
            rest = rest[end...].dropFirst()
            guard host.allSatisfy({ self.isNameByte($0) || $0 == UInt8(ascii: ":") }) else { return false }
        } else {
            host = rest.prefix { $0 != UInt8(ascii: ":") }
            rest = rest[host.endIndex...]
            guard host.allSatisfy(self.isNameByte) else { return false }
        }
        guard !host.isEmpty else { return false }
        guard let colon = rest.popFirst() else { return true }
        return colon == UInt8(ascii: ":") && rest.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"): true
        default: false
        }
    }
}
