import SignalingWire

/// The parameters of a request target. Of a repeated one the first counts.
struct QueryString {
    private let query: Substring

    init(target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.query = parts.count == 2 ? parts[1].prefix { $0 != "#" } : ""
    }

    enum Value: Equatable {
        case absent
        /// Percent-encoding undone.
        case text(String)
        /// Broken percent-encoding, or not UTF-8.
        case malformed
    }

    subscript(name: String) -> Value {
        for pair in self.query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard Self.decode(parts[0]) == name else { continue }
            guard parts.count == 2 else { return .text("") }
            return Self.decode(parts[1]).map { .text($0) } ?? .malformed
        }
        return .absent
    }

    private static func decode(_ text: Substring) -> String? {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
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
