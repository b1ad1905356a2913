/// The parts of a request's target (RFC 9112 section 3.2). Most clients send a path; those that believe they speak to a proxy send a
/// whole URI.
struct RequestTarget {
    /// Of a whole `http` or `https` URI: host and port.
    let authority: Range<Int>?
    /// Without query and fragment.
    let path: Range<Int>
    /// Between the first question mark and the fragment.
    let query: Range<Int>

    init(_ bytes: Span<UInt8>, _ target: Range<Int>) {
        var at = target.lowerBound
        // Nearly all targets are paths, and a path has no scheme.
        if let first = target.first, bytes[first] != UInt8(ascii: "/"), let start = Self.endOfScheme(bytes, target),
            Self.isWeb(bytes, target.lowerBound..<start - 3)
        {
            at = start
            while at < target.upperBound, bytes[at] != UInt8(ascii: "/"), !Self.endsPath(bytes[at]) { at += 1 }
            self.authority = start..<at
        } else {
            self.authority = nil
        }
        let start = at
        while at < target.upperBound, !Self.endsPath(bytes[at]) { at += 1 }
        self.path = start..<at
        guard at < target.upperBound, bytes[at] == UInt8(ascii: "?") else {
            self.query = at..<at
            return
        }
        let rest = at + 1..<target.upperBound
        self.query = rest.lowerBound..<(bytes.firstIndex(of: UInt8(ascii: "#"), in: rest) ?? rest.upperBound)
    }

    /// Whether it has the form of a target: a path, `*` or a whole URI; of CONNECT, anything.
    static func isTarget(_ bytes: Span<UInt8>, _ target: Range<Int>, of method: RequestMethod) -> Bool {
        guard let first = target.first else { return false }
        if bytes[first] == UInt8(ascii: "/") || bytes[first] == UInt8(ascii: "*") || method == .connect { return true }
        return self.endOfScheme(bytes, target) != nil
    }

    private static func endsPath(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") }

    /// Where `scheme://` ends; a scheme is all letters here.
    private static func endOfScheme(_ bytes: Span<UInt8>, _ target: Range<Int>) -> Int? {
        var at = target.lowerBound
        while at < target.upperBound, Byte.lowercased(bytes[at]) &- UInt8(ascii: "a") < 26 { at += 1 }
        guard at > target.lowerBound, target.upperBound - at >= 3, bytes.equals("://", in: at..<at + 3) else { return nil }
        return at + 3
    }

    private static func isWeb(_ bytes: Span<UInt8>, _ scheme: Range<Int>) -> Bool {
        bytes.equalsIgnoringCase("http", in: scheme) || bytes.equalsIgnoringCase("https", in: scheme)
    }
}
