import NetworkAddresses

/// Where a STUN or a TURN server is: a `stun:`, `stuns:`, `turn:` or `turns:` URL (RFC 7064, RFC 7065). What is refused here, browsers refuse
/// too, and then a page has no connection at all.
package struct ICEURL: Sendable, Hashable {
    /// With its scheme in lower case. ASCII, and nothing that JSON would have to escape.
    package let text: String
    /// Whether it needs credentials.
    package let isTURN: Bool

    /// Bytes of a URL; a host name has up to 253.
    package static let longest = 300

    package enum Fault: Error, Sendable {
        case scheme, slashes, user, host, port, queryOfSTUN, transport, tooLong

        /// The end of a sentence about the URL. It tells nothing of it, as somebody may have written a password there.
        package var reason: String {
            switch self {
            case .scheme: "does not begin with stun:, stuns:, turn: or turns:"
            case .slashes: "has slashes: the host follows the colon, as in turn:turn.example.org:3478"
            case .user: "names a user: credentials are no part of these URLs"
            case .host: "has no host name, IPv4 address, or IPv6 address in brackets"
            case .port: "has a port that is none of 1 to 65535"
            case .queryOfSTUN: "has a query, which stun: and stuns: URLs do not"
            case .transport: "has a query that is neither ?transport=udp nor ?transport=tcp"
            case .tooLong: "is longer than \(ICEURL.longest) characters"
            }
        }
    }

    package init(_ text: some StringProtocol) throws(Fault) {
        guard text.utf8.count <= Self.longest else { throw .tooLong }
        let (scheme, behind) = Self.split(text.utf8[...], at: UInt8(ascii: ":"))
        guard let behind, let known = ["stun", "stuns", "turn", "turns"].first(where: { Self.isWord(scheme, $0) }) else { throw .scheme }
        guard !behind.starts(with: "//".utf8) else { throw .slashes }
        guard !behind.contains(UInt8(ascii: "@")) else { throw .user }
        let (place, query) = Self.split(behind, at: UInt8(ascii: "?"))
        self.isTURN = known.hasPrefix("turn")
        try Self.check(place)
        if let query {
            guard self.isTURN else { throw .queryOfSTUN }
            guard query.elementsEqual("transport=udp".utf8) || query.elementsEqual("transport=tcp".utf8) else { throw .transport }
        }
        self.text = known + ":" + String(decoding: behind, as: UTF8.self)
    }

    /// How a server is reached.
    package enum Transport: Sendable { case udp, tcp, tls, dtls }

    package struct Place: Sendable, Equatable {
        package let host: String
        package let port: Int
        package let transport: Transport
    }

    /// Where the server is: with the ports and transports that the RFCs give those that name none.
    package var place: Place {
        let (scheme, rest) = Self.halves(self.text, at: ":")
        let (authority, query) = Self.halves(rest, at: "?")
        let isSecure = scheme.hasSuffix("s")
        let end = authority.lastIndex(of: "]").map { authority.index(after: $0) } ?? authority.firstIndex(of: ":") ?? authority.endIndex
        let host = authority[..<end].filter { $0 != "[" && $0 != "]" }
        let port = Int(authority[end...].dropFirst()) ?? (isSecure ? 5349 : 3478)
        let isUDP = query.isEmpty ? !isSecure : query.hasSuffix("udp")
        let transport: Transport = isSecure ? (isUDP ? .dtls : .tls) : (isUDP ? .udp : .tcp)
        return Place(host: host, port: port, transport: transport)
    }

    private static func halves(_ text: some StringProtocol, at mark: Character) -> (String, String) {
        let parts = text.split(separator: mark, maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count == 2 ? String(parts[1]) : "")
    }

    /// Whether a text is a name or an address that a URL can have: an IPv6 address is in brackets.
    static func isPlace(_ host: String) -> Bool {
        guard host.utf8.first == UInt8(ascii: "[") else { return Self.isHost(host) }
        let address = host.dropFirst().dropLast()
        return host.utf8.last == UInt8(ascii: "]") && address.contains(":") && ClientAddress(address) != nil
    }

    private static func check(_ place: some Collection<UInt8>) throws(Fault) {
        let text = String(decoding: place, as: UTF8.self)
        let host: Substring
        let port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .host }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard host.contains(":"), ClientAddress(host) != nil, rest.isEmpty || rest.hasPrefix(":") else { throw .host }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            (host, port) = (parts[0], parts.count == 2 ? parts[1] : nil)
            guard Self.isHost(host) else { throw .host }
        }
        guard let port else { return }
        guard port.utf8.count <= 5, port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(port), (1...65_535).contains(number)
        else { throw .port }
    }

    /// A name or an IPv4 address, of characters that mean the same everywhere.
    private static func isHost(_ text: some StringProtocol) -> Bool {
        let isSpelled = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
            default: false
            }
        }
        return isSpelled && !text.isEmpty && text.utf8.count <= 253
    }

    private static func split<Text: Collection<UInt8>>(_ text: Text, at mark: UInt8) -> (Text.SubSequence, Text.SubSequence?) {
        guard let place = text.firstIndex(of: mark) else { return (text[...], nil) }
        return (text[..<place], text[text.index(after: place)...])
    }

    private static func isWord(_ bytes: some Collection<UInt8>, _ word: String) -> Bool {
        bytes.elementsEqual(word.utf8) { $0 | 0x20 == $1 }
    }
}
