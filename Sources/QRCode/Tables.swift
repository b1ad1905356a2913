/// The tables of the standard (ISO/IEC 18004) for error correction level M, which a phone reads well from a screen: it repairs about 15 % of
/// a symbol. Index 0 is version 1.
enum Tables {
    /// How many blocks the words are split into.
    static let blocks = [
        1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40,
        43,
        45, 47, 49,
    ]

    /// How many check words each block ends with.
    static let checkWords = [
        10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        28, 28, 28, 28, 28, 28, 28,
    ]

    /// The level's two bits in the format information.
    static let levelBits = 0b00

    static let masks = 0..<8

    /// Whether a mask inverts the module in column x, row y.
    static func inverts(mask: Int, x: Int, y: Int) -> Bool {
        switch mask {
        case 0: (x + y) % 2 == 0
        case 1: y % 2 == 0
        case 2: x % 3 == 0
        case 3: (x + y) % 3 == 0
        case 4: (y / 2 + x / 3) % 2 == 0
        case 5: x * y % 2 + x * y % 3 == 0
        case 6: (x * y % 2 + x * y % 3) % 2 == 0
        default: ((x + y) % 2 + x * y % 3) % 2 == 0
        }
    }

    /// The centres of the alignment patterns, the same for both axes.
    static func alignmentCentres(version: Int) -> [Int] {
        if version == 1 { return [] }
        let count = version / 7 + 2
        let last = 4 * version + 10
        // Evenly spaced from the far end in even steps; the first gap takes the remainder. Only version 32 is different.
        let gaps = count - 1
        let step = version == 32 ? 26 : (last - 6 + 2 * gaps - 1) / (2 * gaps) * 2
        return [6] + (0..<gaps).reversed().map { last - $0 * step }
    }
}
