import ByteScan

extension ValueSyntax where Value == [UInt8]? {
    /// Bytes in Base64, with or without padding.
    static func key(bytes count: Int) -> Self {
        Self(
            placeholder: "key",
            allowed: "must be \(count) bytes in Base64, as `openssl rand -base64 \(count)` prints them",
            parse: { text in
                if text.isEmpty { return .some(nil) }
                guard let bytes = decodedBase64(text), bytes.count == count else { return nil }
                return .some(bytes)
            },
            print: { $0.map(encodedBase64) ?? "" })
    }
}

/// The bytes that a text of Base64 stands for, with white space around it or without. The padding may be missing; bits to spare are zero.
package func decodedBase64(_ text: some StringProtocol) -> [UInt8]? {
    var digits = Array(text.trimmingSpaces().utf8)
    if digits.count % 4 == 0 { for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() } }
    guard digits.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    var (bits, count) = (UInt32(0), 0)
    for digit in digits {
        guard let value = Base64Digit.standard.value(digit) else { return nil }
        bits = bits << 6 | UInt32(value)
        count += 6
        guard count >= 8 else { continue }
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
    }
    return bits & (1 << UInt32(count) - 1) == 0 ? bytes : nil
}

private func encodedBase64(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
        for index in 0..<4 {
            let digit = Base64Digit.standard.character(UInt8(truncatingIfNeeded: bits >> UInt32(18 - 6 * index)))
            text.append(index <= group.count ? digit : UInt8(ascii: "="))
        }
    }
    return String(decoding: text, as: UTF8.self)
}
