// Byte strings of verified pairing, and their forms in frames.

let hashBytes = 32

/// Each part behind its length in LEB128.
func lengthPrefixed(_ parts: [UInt8]...) -> [UInt8] {
    parts.flatMap { leb128($0.count) + $0 }
}

func leb128(_ number: Int) -> [UInt8] {
    var rest = number
    var bytes: [UInt8] = []
    while rest > 127 {
        bytes.append(UInt8(rest & 127) | 128)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}

/// The 16 bytes of a room's name; nil where it is no UUID.
func bytesOfUUID(_ text: String) -> [UInt8]? {
    let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }.map(hexDigit)
    guard digits.count == 32 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 32, by: 2) {
        guard let high = digits[index], let low = digits[index + 1] else { return nil }
        bytes.append(high << 4 | low)
    }
    return bytes
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

/// Takes the same time wherever the two differ.
func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    guard one.count == other.count else { return false }
    var difference: UInt8 = 0
    for index in one.indices { difference |= one[index] ^ other[index] }
    return difference == 0
}

private let base64urlAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

/// Base64url without padding.
func base64url(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var held: UInt32 = 0
    var bits = 0
    for byte in bytes {
        held = held << 8 | UInt32(byte)
        bits += 8
        while bits >= 6 {
            bits -= 6
            text.append(base64urlAlphabet[Int(held >> UInt32(bits) & 63)])
        }
    }
    if bits > 0 { text.append(base64urlAlphabet[Int(held << UInt32(6 - bits) & 63)]) }
    return String(decoding: text, as: UTF8.self)
}

/// `count` bytes; nil for a text that is not what `base64url` makes of so many.
func bytesOfBase64url(_ text: String?, count: Int) -> [UInt8]? {
    guard let text, text.utf8.count == (count * 4 + 2) / 3 else { return nil }
    var bytes: [UInt8] = []
    var held: UInt32 = 0
    var bits = 0
    for letter in text.utf8 {
        guard let value = base64urlAlphabet.firstIndex(of: letter) else { return nil }
        held = (held << 6 | UInt32(value)) & 0xfff
        bits += 6
        guard bits >= 8 else { continue }
        bits -= 8
        bytes.append(UInt8(held >> UInt32(bits) & 0xff))
    }
    // The last letter may hold bits that belong to no byte. They have to be zeros, or one value would have several forms.
    return held & ((1 << UInt32(bits)) - 1) == 0 ? bytes : nil
}
