import ByteScan

/// Who a client is, for limits, shares and the log: its IP address or, where it has shown who it is, that. An IPv4-mapped IPv6 address
/// (::ffff:192.0.2.1, as a dual-stack socket reports IPv4 peers) is the IPv4 address.
package enum ClientAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)
    /// Somebody whom the server knows, from whatever address, by a hash of the name. No text that a client or a proxy writes is read as one.
    case subject(UInt64)

    /// Reads the text of an address and nothing else: no port, brackets, zone or blanks.
    package init?(_ text: some StringProtocol) {
        guard let address = AddressParser.address(Substring(text).utf8) else { return nil }
        self = address.unmapped
    }

    /// Reads an X-Forwarded-For entry: an address that may be quoted, in brackets, and followed by a port.
    package init?(forwardedEntry text: some StringProtocol) {
        guard let address = AddressParser.forwardedEntry(Substring(text).utf8) else { return nil }
        self = address.unmapped
    }

    /// Reads what `text` writes: for what servers tell each other, or keep.
    package init?(ownText text: some StringProtocol) {
        if text.hasPrefix(Self.subjectPrefix) {
            guard let hash = Hex.number(text.utf8.dropFirst(Self.subjectPrefix.utf8.count)) else { return nil }
            self = .subject(hash)
        } else {
            self.init(text)
        }
    }

    private static let subjectPrefix = "subject:"

    package var unmapped: ClientAddress {
        guard case .v6(0, let low) = self, low >> 32 == 0xffff else { return self }
        return .v4(UInt32(truncatingIfNeeded: low))
    }

    /// Of this machine alone: 127.0.0.0/8 and ::1.
    package var isLoopback: Bool {
        switch self.unmapped {
        case .v4(let bits): bits >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        case .subject: false
        }
    }

    /// For logs: the whole address, or only its network, which tells providers apart but not people. A subject is a hash as it is.
    package func logText(full: Bool) -> String {
        if full { return self.text }
        switch self {
        case .v4(let bits): return ClientAddress.v4(bits & 0xffff_ff00).text + "/24"
        case .v6(let high, _): return ClientAddress.v6(high: high & 0xffff_ffff_ffff_0000, low: 0).text + "/48"
        case .subject: return self.text
        }
    }

    /// Dotted decimal, or the form of RFC 5952; `subject:` and 16 hexadecimal digits.
    package var text: String {
        switch self {
        case .v4(let bits): return "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
        case .v6(let high, let low): return Self.text(high: high, low: low)
        case .subject(let hash): return Self.subjectPrefix + Hex.text(hash)
        }
    }

    private static func text(high: UInt64, low: UInt64) -> String {
        let elided = Self.longestZeroRun(high: high, low: low)
        var text = ""
        var index = 0
        while index < 8 {
            if index == elided.lowerBound, !elided.isEmpty {
                text += "::"
                index = elided.upperBound
                continue
            }
            if index > 0, index != elided.upperBound || elided.isEmpty { text += ":" }
            text += String(Self.group(index, high: high, low: low), radix: 16)
            index += 1
        }
        return text
    }

    /// The first of the longest runs of zero groups, if it is two or more: RFC 5952 does not shorten a single one.
    private static func longestZeroRun(high: UInt64, low: UInt64) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0..<8 {
            if Self.group(index, high: high, low: low) != 0 {
                start = index + 1
            } else if index + 1 - start > max(1, best.count) {
                best = start..<index + 1
            }
        }
        return best
    }

    private static func group(_ index: Int, high: UInt64, low: UInt64) -> UInt64 {
        (index < 4 ? high : low) >> UInt64(48 - (index & 3) * 16) & 0xffff
    }
}
