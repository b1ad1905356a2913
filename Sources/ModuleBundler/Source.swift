/// The text of a file, and positions in it: offsets count bytes of UTF-8.
struct Source {
    let file: String
    let bytes: [UInt8]

    init(file: String, text: String) {
        self.file = file
        self.bytes = Array(text.utf8)
    }

    func text(_ range: Range<Int>) -> String { String(decoding: self.bytes[range], as: UTF8.self) }

    func line(at offset: Int) -> Int { self.bytes[..<offset].count { $0 == UInt8(ascii: "\n") } + 1 }

    func fault(at offset: Int, _ what: String) -> BundleFault {
        BundleFault(file: self.file, line: self.line(at: offset), what: what)
    }
}
