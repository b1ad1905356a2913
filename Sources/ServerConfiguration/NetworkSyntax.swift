import NetworkAddresses

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
            print: { $0 },
            explain: { text in
                text.contains("*") ? allowed + "; * would make the list pointless: name each origin, or set DEV=true to allow all" : nil
            })
    }
}

extension ValueSyntax where Value == [String] {
    /// As requests name them in Host: compared without regard to case, so they are kept in lower case.
    static var hosts: Self {
        Self.list(
            placeholder: "hosts",
            allowed: "must be host names or addresses, with a port or without (app.example.org, 10.0.0.1:8443, [::1]), separated by commas",
            item: { text in
                guard let (host, port) = splitPort(text), port != 0 else { return nil }
                return isHost(host) ? text.lowercased() : nil
            },
            print: { $0 },
            explain: { _ in nil })
    }
}

extension ValueSyntax where Value == ListenAddress? {
    static var listenAddress: Self {
        Self(
            placeholder: "host:port",
            allowed: "must be an address or a host name and a port, as in 127.0.0.1:9090 or [::1]:9090",
            parse: { text in
                if text.isEmpty { return .some(nil) }
                guard let (host, port) = splitPort(text), let port, isHost(host) else { return nil }
                return .some(ListenAddress(host: host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host, port: port))
            },
            print: { $0?.text ?? "" })
    }
}

extension ValueSyntax where Value == [AddressBlock] {
    static var networks: Self {
        let allowed = "must be IP addresses or networks (10.0.0.0/8, fd00::/8), separated by commas"
        return Self.list(
            placeholder: "networks",
            allowed: allowed,
            item: { AddressBlock($0) },
            print: { $0.text },
            explain: { text in text.listItems.lazy.compactMap(whyNoNetwork).first.map { allowed + "; " + $0 } })
    }
}

extension ValueSyntax {
    static func list<Item: Sendable>(
        placeholder: String,
        allowed: String,
        item: @escaping @Sendable (String) -> Item?,
        print: @escaping @Sendable (Item) -> String,
        explain: @escaping @Sendable (String) -> String?,
        hide: @escaping @Sendable (String) -> String = { $0 }
    ) -> Self where Value == [Item] {
        Self(
            placeholder: placeholder,
            allowed: allowed,
            parse: { text in
                var items: [Item] = []
                for part in text.listItems {
                    guard let accepted = item(part) else { return nil }
                    items.append(accepted)
                }
                return items
            },
            print: { $0.map(print).joined(separator: ",") },
            explain: explain,
            hide: hide,
            emptyIsValue: true)
    }
}

/// Why a text that looks like a network is not one.
private func whyNoNetwork(_ text: String) -> String? {
    do throws(AddressBlock.Refusal) {
        _ = try AddressBlock(parsing: text)
        return nil
    } catch {
        switch error {
        case .malformed: return nil
        case .zeroPadded(let meant): return "\(text) should be \(meant.text)"
        case .tooLong(let limit): return "\(text) can end in /\(limit) at most"
        case .widerThanIPv4: return "\(text) is wider than all of IPv4, which is 0.0.0.0/0"
        }
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
    guard host.hasPrefix("["), host.hasSuffix("]") else { return isHostName(String(host)) || isAddress(host) && !host.contains(":") }
    let address = host.dropFirst().dropLast()
    return isAddress(address) && address.contains(":")
}

/// Host and port of `host[:port]`, an IPv6 address in brackets; nil where there is a colon and no port behind it.
func splitPort(_ text: String) -> (host: String, port: Int?)? {
    guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else { return (text, nil) }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, let port = unsigned(digits), port <= 65_535 else { return nil }
    return (String(text[..<colon]), port)
}

/// A host, with a port or without.
func isHostAndPort(_ text: String) -> Bool { splitPort(text).map { isHost($0.host) && $0.port != 0 } ?? false }

/// A name, an IPv4 address, or an IPv6 address in brackets.
func isHost(_ text: String) -> Bool {
    guard text.hasPrefix("["), text.hasSuffix("]") else { return isHostName(text) || isAddress(text) && !text.contains(":") }
    return isAddress(text.dropFirst().dropLast()) && text.contains(":")
}

private func isAddress(_ text: some StringProtocol) -> Bool { ClientAddress(text) != nil }

extension String {
    /// The texts between commas, without the spaces around them.
    var listItems: [String] {
        self.isEmpty ? [] : self.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingSpaces() }
    }
}

extension StringProtocol {
    package func trimmingSpaces() -> String {
        let kept = self.drop { $0.isWhitespace }
        return String(kept.lastIndex { !$0.isWhitespace }.map { kept[...$0] } ?? "")
    }
}
