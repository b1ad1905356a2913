/// What a proxy says ahead of a connection's own bytes: whose connection it is. The PROXY protocol, versions 1 (a line) and 2 (binary).
/// https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
package struct ProxyHeader: Sendable, Equatable {
    /// Nil where the connection is the proxy's own, as for a health check, or the proxy does not know: then the socket's peer counts.
    package let source: ClientAddress?
    /// In bytes; what follows is the connection's own.
    package let length: Int

    /// Bytes of a header of either version, with the extensions (TLV) of version 2, which are passed over.
    package static let longest = 536
    /// Bytes of a header of version 1, with its line end.
    package static let longestLine = 107

    private static let lineStart = Array("PROXY ".utf8)
    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let fixedLength = 16

    /// Reads the header that these bytes begin with; nil while it has not all arrived. What cannot become one is refused at its first byte.
    package static func read(_ bytes: Span<UInt8>) throws(ProxyHeaderFault) -> ProxyHeader? {
        guard bytes.count > 0 else { return nil }
        return try bytes[0] == Self.signature[0] ? Self.readBinary(bytes) : Self.readLine(bytes)
    }

    private static func check(_ bytes: Span<UInt8>, beginsWith word: [UInt8]) throws(ProxyHeaderFault) {
        for index in 0..<min(bytes.count, word.count) where bytes[index] != word[index] { throw .missing }
    }

    // MARK: - Version 1

    /// `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443` and CRLF; TCP6 likewise; UNKNOWN and anything behind it.
    private static func readLine(_ bytes: Span<UInt8>) throws(ProxyHeaderFault) -> ProxyHeader? {
        try Self.check(bytes, beginsWith: Self.lineStart)
        let end = min(bytes.count, Self.longestLine)
        var at = Self.lineStart.count
        while at < end, bytes[at] != 0x0A { at += 1 }
        guard at < end else {
            if end == Self.longestLine { throw .tooLong }
            return nil
        }
        guard bytes[at - 1] == 0x0D else { throw .malformed }
        var line: [UInt8] = []
        for index in Self.lineStart.count..<at - 1 { line.append(bytes[index]) }
        return ProxyHeader(source: try Self.source(String(decoding: line, as: UTF8.self)), length: at + 1)
    }

    private static func source(_ line: String) throws(ProxyHeaderFault) -> ClientAddress? {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        let isV6: Bool
        switch words.first {
        case "UNKNOWN": return nil
        case "TCP4": isV6 = false
        case "TCP6": isV6 = true
        default: throw .malformed
        }
        guard words.count == 5, Self.isPort(words[3]), Self.isPort(words[4]), Self.address(words[2], isV6: isV6) != nil,
            let source = Self.address(words[1], isV6: isV6)
        else { throw .malformed }
        return source
    }

    private static func address(_ text: Substring, isV6: Bool) -> ClientAddress? {
        text.utf8.contains(UInt8(ascii: ":")) == isV6 ? ClientAddress(text) : nil
    }

    private static func isPort(_ text: Substring) -> Bool {
        AddressParser.decimal(text.utf8, maxDigits: 5).map { $0 <= 65_535 } ?? false
    }

    // MARK: - Version 2

    private static func readBinary(_ bytes: Span<UInt8>) throws(ProxyHeaderFault) -> ProxyHeader? {
        try Self.check(bytes, beginsWith: Self.signature)
        guard bytes.count >= Self.fixedLength else { return nil }
        let (command, family) = (bytes[12], bytes[13])
        let length = Self.fixedLength + Int(bytes[14]) << 8 + Int(bytes[15])
        guard command == 0x20 || command == 0x21 else { throw .malformed }
        guard length <= Self.longest else { throw .tooLong }
        guard bytes.count >= length else { return nil }
        // A proxy's own connection, whatever follows.
        if command == 0x20 { return ProxyHeader(source: nil, length: length) }
        let source: ClientAddress?
        switch family {
        // TCP over IPv4 and IPv6: both addresses, and both ports.
        case 0x11 where length >= Self.fixedLength + 12:
            source = .v4(UInt32(truncatingIfNeeded: Self.number(bytes, at: Self.fixedLength, bytes: 4)))
        case 0x21 where length >= Self.fixedLength + 36:
            let high = Self.number(bytes, at: Self.fixedLength, bytes: 8)
            source = ClientAddress.v6(high: high, low: Self.number(bytes, at: Self.fixedLength + 8, bytes: 8)).unmapped
        // Not told, or a Unix socket's.
        case 0x00, 0x31: source = nil
        default: throw .malformed
        }
        return ProxyHeader(source: source, length: length)
    }

    /// The caller has looked that so many are there.
    private static func number(_ bytes: Span<UInt8>, at start: Int, bytes count: Int) -> UInt64 {
        var number: UInt64 = 0
        for index in start..<start + count { number = number << 8 | UInt64(bytes[index]) }
        return number
    }
}

/// Why a connection that has to begin with a PROXY header is refused, as the log says it.
package enum ProxyHeaderFault: String, Error, Sendable {
    case untrusted =
        "PROXY_PROTOCOL=true takes connections from TRUSTED_PROXIES alone, and this peer is not among them: if it is your proxy, add its network"
    case missing =
        "it does not begin with a PROXY header: have the proxy send one (HAProxy: send-proxy-v2, nginx: proxy_protocol on), or set PROXY_PROTOCOL=false"
    case malformed = "its PROXY header is malformed, or not about TCP"
    case tooLong = "its PROXY header is too long: version 1 has 107 bytes at most, and 536 are read of version 2"
    case incomplete = "it has ended, or READ_HEADER_TIMEOUT was over, before its PROXY header had all arrived"
}
