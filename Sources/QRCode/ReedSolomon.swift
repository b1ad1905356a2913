/// Reed-Solomon check words over GF(256) with the polynomial x⁸+x⁴+x³+x²+1, as QR codes use them.
enum ReedSolomon {
    private static let powers: [UInt8] = {
        var value = 1
        return (0..<255).map { _ in
            defer { value = value << 1 > 255 ? value << 1 ^ 0b1_0001_1101 : value << 1 }
            return UInt8(value)
        }
    }()

    private static let logarithms: [Int] = {
        var logarithms = [Int](repeating: 0, count: 256)
        for (exponent, value) in powers.enumerated() { logarithms[Int(value)] = exponent }
        return logarithms
    }()

    private static func product(_ a: UInt8, _ b: UInt8) -> UInt8 {
        a == 0 || b == 0 ? 0 : powers[(logarithms[Int(a)] + logarithms[Int(b)]) % 255]
    }

    /// The coefficients of (x - 1)(x - 2)(x - 4)… below the leading 1, highest first.
    private static func generator(degree: Int) -> [UInt8] {
        var coefficients: [UInt8] = [1]
        for factor in 0..<degree {
            var next = coefficients + [0]
            for (index, coefficient) in coefficients.enumerated() { next[index + 1] ^= self.product(coefficient, self.powers[factor]) }
            coefficients = next
        }
        return Array(coefficients.dropFirst())
    }

    /// The remainder of the words as a polynomial, shifted up by `count`, after division by the generator of that degree.
    static func checkWords(of words: some Sequence<UInt8>, count: Int) -> [UInt8] {
        let divisor = self.generator(degree: count)
        var remainder = [UInt8](repeating: 0, count: count)
        for word in words {
            let factor = word ^ remainder[0]
            remainder.removeFirst()
            remainder.append(0)
            for (index, coefficient) in divisor.enumerated() { remainder[index] ^= self.product(coefficient, factor) }
        }
        return remainder
    }
}
