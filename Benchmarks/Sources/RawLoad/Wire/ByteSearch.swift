#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

// Slices of raw bytes live only as long as the callback that got them; whoever keeps something copies it. No address is nil here: what
// is empty is told apart before.
extension UnsafeRawBufferPointer {
    package func isEqual(to bytes: [UInt8]) -> Bool {
        guard self.count == bytes.count, let start = self.baseAddress else { return self.count == bytes.count }
        return bytes.withUnsafeBytes { other in other.baseAddress.map { memcmp(start, $0, self.count) == 0 } ?? true }
    }

    package func offset(of needle: [UInt8], from start: Int = 0) -> Int? {
        guard let base = self.baseAddress, let first = needle.first else { return nil }
        var offset = start
        while self.count - offset >= needle.count {
            guard let found = memchr(base + offset, Int32(first), self.count - offset - needle.count + 1) else { return nil }
            offset = base.distance(to: UnsafeRawPointer(found))
            if needle.withUnsafeBytes({ bytes in bytes.baseAddress.map { memcmp(found, $0, bytes.count) == 0 } ?? true }) { return offset }
            offset += 1
        }
        return nil
    }

    /// The text that stands behind this key, which is given with its quotes, in an object as servers and clients here write it: without
    /// escapes in it.
    package func text(behind key: [UInt8]) -> UnsafeRawBufferPointer? {
        guard let place = self.offset(of: key), let open = self.offset(of: Self.quote, from: place + key.count),
            let close = self.offset(of: Self.quote, from: open + 1)
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: self[(open + 1)..<close])
    }

    /// The whole number that stands behind this key, which is given with its quotes.
    package func number(behind key: [UInt8]) -> Int? {
        guard let place = self.offset(of: key) else { return nil }
        let rest = UnsafeRawBufferPointer(rebasing: self[(place + key.count)...])
        let digits = rest.drop { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: " ") }.prefix { Self.digits ~= $0 }
        return UnsafeRawBufferPointer(rebasing: digits).number
    }

    /// Of digits alone, as many as fit surely.
    package var number: Int? {
        guard 1...18 ~= self.count, self.allSatisfy({ Self.digits ~= $0 }) else { return nil }
        return self.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    private static let quote: [UInt8] = [UInt8(ascii: "\"")]
}
