/// The square of a QR code: its fixed patterns, and the path of the data through the remaining modules.
struct Symbol {
    let version: Int
    let size: Int
    private(set) var isDark: [Bool]
    private var isFixed: [Bool]

    init(version: Int) {
        self.version = version
        self.size = 17 + 4 * version
        self.isDark = Array(repeating: false, count: self.size * self.size)
        self.isFixed = self.isDark
        self.drawPatterns()
    }

    subscript(x: Int, y: Int) -> Bool { self.isDark[y * self.size + x] }

    /// How many modules the fixed patterns leave to data.
    var freeModules: Int { self.isFixed.count { !$0 } }

    private mutating func fix(_ x: Int, _ y: Int, _ dark: Bool) {
        self.isDark[y * self.size + x] = dark
        self.isFixed[y * self.size + x] = true
    }

    private mutating func drawPatterns() {
        for along in 0..<self.size {
            self.fix(along, 6, along % 2 == 0)
            self.fix(6, along, along % 2 == 0)
        }
        let far = self.size - 4
        for (x, y) in [(3, 3), (far, 3), (3, far)] { self.drawSquares(x, y, radius: 4, lightRings: [2, 4]) }
        let centres = Tables.alignmentCentres(version: self.version)
        for x in centres {
            for y in centres {
                let inFinder = (x == 6 && y == 6) || (x == 6 && y == centres.last) || (x == centres.last && y == 6)
                if !inFinder { self.drawSquares(x, y, radius: 2, lightRings: [1]) }
            }
        }
        self.drawFormat(mask: 0)
        if self.version >= 7 { self.drawVersion() }
    }

    /// Concentric squares around a centre, cut off at the symbol's edge.
    private mutating func drawSquares(_ centreX: Int, _ centreY: Int, radius: Int, lightRings: [Int]) {
        for y in max(0, centreY - radius)...min(self.size - 1, centreY + radius) {
            for x in max(0, centreX - radius)...min(self.size - 1, centreX + radius) {
                self.fix(x, y, !lightRings.contains(max(abs(x - centreX), abs(y - centreY))))
            }
        }
    }

    /// Level and mask, twice: around the first finder pattern, and split between the other two.
    mutating func drawFormat(mask: Int) {
        let data = Tables.levelBits << 3 | mask
        let bits = (data << 10 | Self.checkBits(data, polynomial: 0x537, degree: 10)) ^ 0x5412
        for index in 0..<15 {
            let isSet = bits >> index & 1 == 1
            // The timing patterns, at 6, are passed over.
            if index < 8 {
                self.fix(8, index < 6 ? index : index + 1, isSet)
                self.fix(self.size - 1 - index, 8, isSet)
            } else {
                self.fix(14 - index < 6 ? 14 - index : 15 - index, 8, isSet)
                self.fix(8, self.size - 15 + index, isSet)
            }
        }
        self.fix(8, self.size - 8, true)
    }

    private mutating func drawVersion() {
        let bits = self.version << 12 | Self.checkBits(self.version, polynomial: 0x1f25, degree: 12)
        for index in 0..<18 {
            let isSet = bits >> index & 1 == 1
            let near = index / 3
            let far = self.size - 11 + index % 3
            self.fix(near, far, isSet)
            self.fix(far, near, isSet)
        }
    }

    /// The remainder of value·x^degree by a generator polynomial of that degree over GF(2): the check bits of a BCH code.
    private static func checkBits(_ value: Int, polynomial: Int, degree: Int) -> Int {
        var remainder = value << degree
        while remainder >> degree != 0 {
            let highest = Int.bitWidth - 1 - remainder.leadingZeroBitCount
            remainder ^= polynomial << (highest - degree)
        }
        return remainder
    }

    /// Puts the words' bits into the free modules: two columns at a time from the right, up and down in turn, past the timing column.
    mutating func place(_ words: [UInt8], mask: Int) {
        var bit = 0
        var right = self.size - 1
        var upwards = true
        while right > 0 {
            if right == 6 { right = 5 }
            for step in 0..<self.size {
                let y = upwards ? self.size - 1 - step : step
                for x in [right, right - 1] where !self.isFixed[y * self.size + x] {
                    // After the words come up to 7 modules that belong to none of them: light, before the mask.
                    let isSet = bit < words.count * 8 && words[bit >> 3] >> (7 - bit & 7) & 1 == 1
                    self.isDark[y * self.size + x] = isSet != Tables.inverts(mask: mask, x: x, y: y)
                    bit += 1
                }
            }
            right -= 2
            upwards.toggle()
        }
    }
}
