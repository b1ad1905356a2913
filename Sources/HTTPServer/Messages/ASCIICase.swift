extension StringProtocol {
    /// In lower case as far as ASCII goes, which is what protocols mean by it. To Unicode U+212A is a k, and no token, type or host has one.
    var lowercasedASCII: String {
        String(decoding: self.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
