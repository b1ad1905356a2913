/// A property that an input breaks, in words.
struct Finding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Throws a finding where a property does not hold.
func expect(_ holds: Bool, _ property: @autoclosure () -> String) throws {
    guard holds else { throw Finding(property()) }
}

/// Bytes as a Swift literal would have them, so that a finding can be pasted into a test.
func shown(_ bytes: some Collection<UInt8>, upTo limit: Int = 400) -> String {
    var text = ""
    for byte in bytes.prefix(limit) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\" + String(UnicodeScalar(byte))
        case 0x20..<0x7F: text.unicodeScalars.append(UnicodeScalar(byte))
        case 0x0A: text += "\\n"
        case 0x0D: text += "\\r"
        default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
    return "\"\(text)\"" + (bytes.count > limit ? "… (\(bytes.count) bytes)" : "")
}
