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
            print: { key in key.map { String(decoding: Base64Digit.standard.text($0), as: UTF8.self) } ?? "" })
    }
}

/// The bytes that a text of Base64 stands for, with white space around it or without. The padding may be missing; bits to spare are zero.
package func decodedBase64(_ text: some StringProtocol) -> [UInt8]? {
    var digits = Array(text.trimmingSpaces().utf8)
    if digits.count % 4 == 0 { for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() } }
    return Base64Digit.standard.bytes(digits)
}
