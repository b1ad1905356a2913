#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension ValueSyntax where Value == String {
    static var host: Self {
        Self(
            placeholder: "address",
            allowed: "must be an IP address or a host name",
            parse: { isAddress($0) || isHostName($0) ? $0 : nil },
            print: { $0 })
    }
}

extension ValueSyntax where Value == [String] {
    /// Origins are compared without regard to case, so they are kept in lower case.
    static var origins: Self {
        let allowed = "must be origins (https://app.example.org) or host names (app.example.org), separated by commas"
        return Self.list(
            placeholder: "origins",
            allowed: allowed,
            item: { isOrigin($0) || isHostName($0) || isAddress($0) ? $0.lowercased() : nil },
            explain: { text in
                text.contains("*") ? allowed + "; * would make the list pointless: name each origin, or set DEV=true to allow all" : nil
            })
    }

    static var networks: Self {
        Self.list(
            placeholder: "networks",
            allowed: "must be IP addresses or networks (10.0.0.0/8, fd00::/8), separated by commas",
            item: { isAddress($0) || isNetwork($0) ? $0 : nil },
            explain: { _ in nil })
    }

    private static func list(
        placeholder: String,
        allowed: String,
        item: @escaping @Sendable (String) -> String?,
        explain: @escaping @Sendable (String) -> String?
    ) -> Self {
        Self(
            placeholder: placeholder,
            allowed: allowed,
            parse: { text in
                if text.isEmpty { return [] }
                var items: [String] = []
                for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                    guard let accepted = item(part.trimmingSpaces()) else { return nil }
                    items.append(accepted)
                }
                return items
            },
            print: { $0.joined(separator: ",") },
            explain: explain,
            emptyIsValue: true)
    }
}

private func isHostName(_ text: String) -> Bool {
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let wellFormed = labels.allSatisfy { label in
        !label.isEmpty && label.count <= 63 && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
            && label.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }
    // A name cannot end in a number: 10.0.0.256 is a mistyped address.
    let endsInNumber = labels.last.map { $0.allSatisfy(isDigit) } ?? true
    return wellFormed && !endsInNumber && text.utf8.count <= 253
}

private func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a") <= byte | 0x20 && byte | 0x20 <= UInt8(ascii: "z") }

/// `scheme://host[:port]`, as browsers write an Origin: no path, not even "/".
private func isOrigin(_ text: String) -> Bool {
    guard let mark = text.firstRange(of: "://") else { return false }
    let scheme = text.utf8[..<mark.lowerBound]
    guard let first = scheme.first, isLetter(first),
        scheme.allSatisfy({ isLetter($0) || isDigit($0) || "+-.".utf8.contains($0) })
    else { return false }
    var host = text[mark.upperBound...]
    if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") {
        guard let port = unsigned(host[host.index(after: colon)...]), (1...65_535).contains(port) else { return false }
        host = host[..<colon]
    }
    let inner = String(host.dropFirst().dropLast())
    return host.hasPrefix("[") && host.hasSuffix("]")
        ? addressBits(inner) == 128 : isHostName(String(host)) || addressBits(String(host)) == 32
}

private func isAddress(_ text: String) -> Bool { addressBits(text) != nil }

private func isNetwork(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let bits = addressBits(String(parts[0])), let prefix = unsigned(parts[1]) else { return false }
    return prefix <= bits
}

/// 32 or 128, or nil where `text` is not an IP address.
private func addressBits(_ text: String) -> Int? {
    // C would stop at an embedded NUL and accept what stands before it.
    guard !text.utf8.contains(0) else { return nil }
    var v4 = in_addr()
    if inet_pton(AF_INET, text, &v4) == 1 { return 32 }
    var v6 = in6_addr()
    return inet_pton(AF_INET6, text, &v6) == 1 ? 128 : nil
}

extension StringProtocol {
    func trimmingSpaces() -> String {
        let kept = self.drop { $0.isWhitespace }
        return String(kept.lastIndex { !$0.isWhitespace }.map { kept[...$0] } ?? "")
    }
}
