import ByteScan

/// Reads addresses strictly: a text that two programs could read as different addresses (010.0.0.1, 10.1, ::1%eth0) is refused.
enum AddressParser {
    /// An IPv4 or IPv6 address as written, mapped ones not yet turned into IPv4.
    static func address(_ text: Substring.UTF8View) -> ClientAddress? {
        text.contains(UInt8(ascii: ":")) ? Self.v6(text) : Self.v4(text).map { .v4($0) }
    }

    static func forwardedEntry(_ text: Substring.UTF8View) -> ClientAddress? {
        var entry = Self.trimmed(text)
        if entry.first == UInt8(ascii: "\"") {
            guard entry.count >= 2, entry.last == UInt8(ascii: "\"") else { return nil }
            entry = entry.dropFirst().dropLast()
        }
        if entry.first == UInt8(ascii: "[") {
            guard let end = entry.firstIndex(of: UInt8(ascii: "]")), Self.isPort(entry[entry.index(after: end)...]) else { return nil }
            return Self.v6(entry[..<end].dropFirst())
        }
        // One colon: a port follows. More: an IPv6 address, which cannot have a port without brackets.
        guard let colon = entry.firstIndex(of: UInt8(ascii: ":")), !entry[entry.index(after: colon)...].contains(UInt8(ascii: ":")) else {
            return Self.address(entry)
        }
        guard Self.isPort(entry[colon...]) else { return nil }
        return Self.v4(entry[..<colon]).map { .v4($0) }
    }

    static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }

    /// Nothing, or a colon and a number up to 65535.
    private static func isPort(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first else { return true }
        guard first == UInt8(ascii: ":"), let port = Self.decimal(text.dropFirst(), maxDigits: 5, zeroPadded: true) else { return false }
        return port <= 65535
    }

    /// A number without sign; with leading zeros only if they are allowed.
    static func decimal(_ text: Substring.UTF8View, maxDigits: Int, zeroPadded: Bool = false) -> Int? {
        var value = 0
        var count = 0
        for byte in text {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), count < maxDigits else { return nil }
            guard zeroPadded || count == 0 || value > 0 else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            count += 1
        }
        return count > 0 ? value : nil
    }

    private static func v4(_ text: Substring.UTF8View) -> UInt32? {
        var bits: UInt32 = 0
        var count = 0
        var rest = text[...]
        while true {
            let dot = rest.firstIndex(of: UInt8(ascii: "."))
            guard count < 4, let part = Self.decimal(rest[..<(dot ?? rest.endIndex)], maxDigits: 3), part <= 255 else { return nil }
            bits = bits << 8 | UInt32(part)
            count += 1
            guard let dot else { break }
            rest = rest[rest.index(after: dot)...]
        }
        return count == 4 ? bits : nil
    }

    /// RFC 4291: eight groups of up to four hexadecimal digits, "::" at most once for one group of zeros or more, the last two groups
    /// perhaps as an IPv4 address.
    private static func v6(_ text: Substring.UTF8View) -> ClientAddress? {
        var groups = GroupList()
        var gap: Int?
        var rest = text[...]
        if rest.starts(with: [UInt8(ascii: ":"), UInt8(ascii: ":")]) {
            gap = 0
            rest = rest.dropFirst(2)
            if rest.isEmpty { return .v6(high: 0, low: 0) }
        }
        while true {
            let colon = rest.firstIndex(of: UInt8(ascii: ":"))
            let part = rest[..<(colon ?? rest.endIndex)]
            guard let colon else {
                guard Self.append(last: part, to: &groups) else { return nil }
                break
            }
            guard let group = Self.group(part), groups.append(group) else { return nil }
            rest = rest[rest.index(after: colon)...]
            if rest.first == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst()
                if rest.isEmpty { break }
            }
        }
        return groups.address(gap: gap)
    }

    private static func append(last part: Substring.UTF8View, to groups: inout GroupList) -> Bool {
        guard part.contains(UInt8(ascii: ".")) else {
            guard let group = Self.group(part) else { return false }
            return groups.append(group)
        }
        guard let bits = Self.v4(part) else { return false }
        return groups.append(UInt16(bits >> 16)) && groups.append(UInt16(bits & 0xffff))
    }

    private static func group(_ text: Substring.UTF8View) -> UInt16? {
        var value: UInt16 = 0
        var count = 0
        for byte in text {
            guard count < 4, let digit = Hex.value(byte) else { return nil }
            value = value << 4 | UInt16(digit)
            count += 1
        }
        return count > 0 ? value : nil
    }
}

/// Up to eight 16-bit groups as they are read: 128 bits filled from the right.
private struct GroupList {
    private var bits: UInt128 = 0
    private(set) var count = 0

    mutating func append(_ group: UInt16) -> Bool {
        guard self.count < 8 else { return false }
        self.bits = self.bits << 16 | UInt128(group)
        self.count += 1
        return true
    }

    /// The address, with zeros filled in before the group at `gap`.
    func address(gap: Int?) -> ClientAddress? {
        var bits = self.bits
        if let gap {
            guard self.count < 8 else { return nil }
            let tail = UInt128(16 * (self.count - gap))
            let low = bits & (1 << tail - 1)
            bits = (bits >> tail) << UInt128(16 * (8 - gap)) | low
        } else if self.count != 8 {
            return nil
        }
        return .v6(high: UInt64(bits >> 64), low: UInt64(truncatingIfNeeded: bits))
    }
}
