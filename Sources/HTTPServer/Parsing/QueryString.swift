import ByteScan
import SignalingWire

/// The parameters of a request target. Of a repeated one the first counts.
package struct QueryString {
    /// Between the first question mark and the fragment.
    private let range: Range<Int>

    package init(_ bytes: Span<UInt8>, target: Range<Int>) { self.range = RequestTarget(bytes, target).query }

    package enum Value: Equatable {
        case absent
        /// Nothing in it is encoded.
        case plain(Range<Int>)
        /// Percent-encoding undone; UTF-8.
        case decoded([UInt8])
        /// Broken percent-encoding, or not UTF-8.
        case malformed
    }

    package func value(of name: StaticString, in bytes: Span<UInt8>) -> Value {
        var rest = self.range
        while !rest.isEmpty {
            let end = bytes.firstIndex(of: UInt8(ascii: "&"), in: rest) ?? rest.upperBound
            let pair = rest.lowerBound..<end
            rest = min(end + 1, rest.upperBound)..<rest.upperBound
            let equals = bytes.firstIndex(of: UInt8(ascii: "="), in: pair)
            guard !pair.isEmpty, self.isName(bytes, pair.lowerBound..<(equals ?? end), name) else { continue }
            let value = (equals.map { $0 + 1 } ?? end)..<end
            guard Self.isEncoded(bytes, value) else { return .plain(value) }
            guard let decoded = Self.decode(bytes, value), String(validating: decoded, as: UTF8.self) != nil else { return .malformed }
            return .decoded(decoded)
        }
        return .absent
    }

    private func isName(_ bytes: Span<UInt8>, _ key: Range<Int>, _ name: StaticString) -> Bool {
        guard Self.isEncoded(bytes, key) else { return bytes.equals(name, in: key) }
        guard let decoded = Self.decode(bytes, key) else { return false }
        return decoded.span.equals(name, in: 0..<decoded.count)
    }

    private static func isEncoded(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for at in range where bytes[at] == UInt8(ascii: "%") || bytes[at] == UInt8(ascii: "+") { return true }
        return false
    }

    private static func decode(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var at = range.lowerBound
        while at < range.upperBound {
            switch bytes[at] {
            case UInt8(ascii: "+"): decoded.append(Byte.space)
            case UInt8(ascii: "%"):
                guard at + 2 < range.upperBound, let high = Hex.value(bytes[at + 1]), let low = Hex.value(bytes[at + 2]) else { return nil }
                decoded.append(high << 4 | low)
                at += 2
            default: decoded.append(bytes[at])
            }
            at += 1
        }
        return decoded
    }
}
