/// Bytes of a hash.
private let hashes = ["sha-256": 32, "sha-384": 48, "sha-512": 64]

/// One text for all fingerprints of certificates in a description; nil where there is none, or a line that another reader might understand
/// differently.
func fingerprints(in sdp: String) -> String? {
    // Byte by byte: to `String`, CR LF is one character, and a letter with an accent behind it another letter.
    var lines = sdp.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    for index in lines.indices.dropLast() where lines[index].last == UInt8(ascii: "\r") { lines[index].removeLast() }
    var prints: Set<String> = []
    for line in lines where line.map(lowercased).contains(Array("fingerprint".utf8)) {
        guard let print = fingerprint(in: line) else { return nil }
        prints.insert(print)
    }
    return prints.isEmpty ? nil : prints.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: "\n")
}

private func fingerprint(in line: [UInt8]) -> String? {
    let prefix = Array("a=fingerprint:".utf8)
    guard line.starts(with: prefix) else { return nil }
    let parts = line.dropFirst(prefix.count).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let hash = String(decoding: parts[0].map(lowercased), as: UTF8.self)
    guard let count = hashes[hash], parts[1].count == count * 3 - 1 else { return nil }
    for (index, byte) in parts[1].enumerated() {
        let isRight = index % 3 == 2 ? byte == UInt8(ascii: ":") : isHexDigit(byte)
        if !isRight { return nil }
    }
    return "\(hash) \(String(decoding: parts[1], as: UTF8.self).uppercased())"
}

private func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}

private func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
    default: false
    }
}
