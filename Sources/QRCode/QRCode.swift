/// A QR code (ISO/IEC 18004): text as bytes, error correction level M, versions 1 to 40. The page of the server draws the same ones
/// (Web/demo/qr.js).
package struct QRCode: Equatable, Sendable {
    /// How many modules a side has, without the light border that readers need.
    package let size: Int
    package let mask: Int
    private let isDark: [Bool]

    /// The smallest symbol that holds the text, with the mask that reads best unless one is named. Nil if it has more than 2,331 bytes.
    package init?(_ text: String, mask: Int? = nil) {
        let bytes = Array(text.utf8)
        guard let fit = Self.smallestFit(for: bytes.count) else { return nil }
        let data = Self.dataWords(bytes, version: fit.version, count: fit.dataWords)
        let words = Self.withCheckWords(data, version: fit.version)
        let blank = Symbol(version: fit.version)
        func drawn(mask: Int) -> Symbol {
            var symbol = blank
            symbol.place(words, mask: mask)
            symbol.drawFormat(mask: mask)
            return symbol
        }
        var best = (mask: mask ?? 0, symbol: drawn(mask: mask ?? 0))
        if mask == nil {
            var least = Penalty.of(best.symbol)
            for other in Tables.masks.dropFirst() {
                let symbol = drawn(mask: other)
                let penalty = Penalty.of(symbol)
                if penalty < least { (best, least) = ((other, symbol), penalty) }
            }
        }
        self.size = blank.size
        self.mask = best.mask
        self.isDark = best.symbol.isDark
    }

    /// Whether the module in column x, row y is dark. Around the symbol everything is light.
    package subscript(x: Int, y: Int) -> Bool {
        (0..<self.size).contains(x) && (0..<self.size).contains(y) && self.isDark[y * self.size + x]
    }

    private static func smallestFit(for byteCount: Int) -> (version: Int, dataWords: Int)? {
        for version in 1...Tables.blocks.count {
            let checkWords = Tables.blocks[version - 1] * Tables.checkWords[version - 1]
            let dataWords = Symbol(version: version).freeModules / 8 - checkWords
            if 4 + self.lengthBits(version) + 8 * byteCount <= 8 * dataWords { return (version, dataWords) }
        }
        return nil
    }

    private static func lengthBits(_ version: Int) -> Int { version < 10 ? 8 : 16 }

    /// Mode, length, the bytes, an end mark, and padding up to the symbol's size.
    private static func dataWords(_ bytes: [UInt8], version: Int, count: Int) -> [UInt8] {
        // Mode and length end in the middle of a word, so every byte straddles two; the end mark's four zero bits fill the last one.
        var halves: [UInt8] = [0b0100]
        let lengthHalves = self.lengthBits(version) / 4
        for index in (0..<lengthHalves).reversed() { halves.append(UInt8(bytes.count >> (4 * index) & 15)) }
        for byte in bytes { halves += [byte >> 4, byte & 15] }
        halves.append(0)
        var words = stride(from: 0, to: halves.count - 1, by: 2).map { halves[$0] << 4 | halves[$0 + 1] }
        // The fullest text of a symbol leaves no space for the end mark, whose bits would be a word's beginning.
        words = Array(words.prefix(count))
        let padding: [UInt8] = [0b1110_1100, 0b0001_0001]
        for index in 0..<count - words.count { words.append(padding[index % 2]) }
        return words
    }

    /// Splits the words into blocks and interleaves their data, then their check words, so that a blot damages every block a little.
    private static func withCheckWords(_ data: [UInt8], version: Int) -> [UInt8] {
        let blockCount = Tables.blocks[version - 1]
        let shortBlocks = blockCount - data.count % blockCount
        var blocks: [[UInt8]] = []
        var rest = data[...]
        for index in 0..<blockCount {
            let size = data.count / blockCount + (index < shortBlocks ? 0 : 1)
            blocks.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        let checks = blocks.map { ReedSolomon.checkWords(of: $0, count: Tables.checkWords[version - 1]) }
        return self.byTurns(blocks) + self.byTurns(checks)
    }

    private static func byTurns(_ blocks: [[UInt8]]) -> [UInt8] {
        let longest = blocks.map(\.count).max() ?? 0
        return (0..<longest).flatMap { index in blocks.compactMap { index < $0.count ? $0[index] : nil } }
    }
}
