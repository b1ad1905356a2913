import SignalingWire

/// The parameters of a request target. Of a repeated one the first counts.
package struct QueryString {
    /// Bytes, not Characters: a combining mark behind a separator would be one Character with it.
    private let query: Substring.UTF8View

    package init(target: String) {
        let rest = target.utf8.drop { $0 != UInt8(ascii: "?") }
        self.query = rest.dropFirst().prefix { $0 != UInt8(ascii: "#") }
    }

    package enum Value: Equatable {
        case absent
        /// Percent-encoding undone.
        case text(String)
        /// Broken percent-encoding, or not UTF-8.
        case malformed
    }

    package subscript(name: String) -> Value {
        for pair in self.query.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard Self.decode(parts[0]) == name else { continue }
            guard parts.count == 2 else { return .text("") }
            return Self.decode(parts[1]).map { .text($0) } ?? .malformed
        }
        return .absent
    }

    private static func decode(_ text: Substring.UTF8View) -> String? {
        guard text.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(Substring(text)) }
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(Hex.value), let low = rest.popFirst().flatMap(Hex.value) else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
