/// `host [":" port]` (RFC 3986 section 3.2), split.
struct Authority {
    /// With the brackets of an IPv6 address.
    let host: Range<Int>
    /// Digits, or empty; nil if there is no colon.
    let port: Range<Int>?

    /// Nil if a bracket is not closed, or if anything but a colon and digits follows the host.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var end = range.upperBound
        if let first = range.first, bytes[first] == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]"), in: range) else { return nil }
            end = bracket + 1
        } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":"), in: range) {
            end = colon
        }
        self.host = range.lowerBound..<end
        guard end < range.upperBound else {
            self.port = nil
            return
        }
        guard bytes[end] == UInt8(ascii: ":") else { return nil }
        let port = end + 1..<range.upperBound
        for at in port where !Byte.isDigit(bytes[at]) { return nil }
        self.port = port
    }
}
