/// A number modulo 2^255 − 19, in five limbs of 51 bits. No branch and no index depends on its value.
///
/// Between operations each limb is below 2^52: sums of two, and their products, fit.
struct FieldElement: Sendable {
    private var limbs: (UInt64, UInt64, UInt64, UInt64, UInt64)

    private static let mask: UInt64 = 1 << 51 - 1

    static let zero = FieldElement(small: 0)
    static let one = FieldElement(small: 1)

    init(small: UInt64) { self.limbs = (small & Self.mask, 0, 0, 0, 0) }

    private init(_ l0: UInt64, _ l1: UInt64, _ l2: UInt64, _ l3: UInt64, _ l4: UInt64) { self.limbs = (l0, l1, l2, l3, l4) }

    /// 32 bytes, the lowest first. The highest bit is not looked at; what is not below the modulus is reduced.
    init(_ bytes: [UInt8]) {
        precondition(bytes.count == 32)
        func word(_ index: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(bytes[index * 8 + $1]) << UInt64($1 * 8) }
        }
        let (w0, w1, w2, w3) = (word(0), word(1), word(2), word(3))
        self.init(
            w0 & Self.mask, (w0 >> 51 | w1 << 13) & Self.mask, (w1 >> 38 | w2 << 26) & Self.mask, (w2 >> 25 | w3 << 39) & Self.mask,
            w3 >> 12 & Self.mask)
    }

    /// 32 bytes of the one value below the modulus.
    var bytes: [UInt8] {
        var value = self.carried().carried()
        // 1 where the value is not below the modulus: then adding 19 reaches 2^255.
        var quotient = (value.limbs.0 + 19) >> 51
        quotient = (value.limbs.1 + quotient) >> 51
        quotient = (value.limbs.2 + quotient) >> 51
        quotient = (value.limbs.3 + quotient) >> 51
        quotient = (value.limbs.4 + quotient) >> 51
        value.limbs.0 += 19 * quotient
        value.limbs.1 += value.limbs.0 >> 51
        value.limbs.2 += value.limbs.1 >> 51
        value.limbs.3 += value.limbs.2 >> 51
        value.limbs.4 += value.limbs.3 >> 51
        let (l0, l1, l2, l3, l4) = (
            value.limbs.0 & Self.mask, value.limbs.1 & Self.mask, value.limbs.2 & Self.mask, value.limbs.3 & Self.mask,
            value.limbs.4 & Self.mask
        )
        let words = [l0 | l1 << 51, l1 >> 13 | l2 << 38, l2 >> 26 | l3 << 25, l3 >> 39 | l4 << 12]
        return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) } }
    }

    private func carried() -> FieldElement {
        let (l0, l1, l2, l3, l4) = self.limbs
        return FieldElement(
            l0 & Self.mask + l4 >> 51 * 19, l1 & Self.mask + l0 >> 51, l2 & Self.mask + l1 >> 51, l3 & Self.mask + l2 >> 51,
            l4 & Self.mask + l3 >> 51)
    }

    static func + (one: FieldElement, other: FieldElement) -> FieldElement {
        let (a, b) = (one.limbs, other.limbs)
        return FieldElement(a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3, a.4 + b.4).carried()
    }

    /// Four times the modulus is added first, so that no limb falls below zero.
    static func - (one: FieldElement, other: FieldElement) -> FieldElement {
        let (a, b) = (one.limbs, other.limbs)
        let low: UInt64 = (1 << 51 - 19) * 4
        let high: UInt64 = (1 << 51 - 1) * 4
        return FieldElement(a.0 + low - b.0, a.1 + high - b.1, a.2 + high - b.2, a.3 + high - b.3, a.4 + high - b.4).carried()
    }

    static prefix func - (value: FieldElement) -> FieldElement { .zero - value }

    static func * (one: FieldElement, other: FieldElement) -> FieldElement {
        let (a, b) = (one.limbs, other.limbs)
        let (b1, b2, b3, b4) = (b.1 * 19, b.2 * 19, b.3 * 19, b.4 * 19)
        var sums = (Wide(), Wide(), Wide(), Wide(), Wide())
        sums.0.add(a.0, b.0); sums.0.add(a.1, b4); sums.0.add(a.2, b3); sums.0.add(a.3, b2); sums.0.add(a.4, b1)
        sums.1.add(a.0, b.1); sums.1.add(a.1, b.0); sums.1.add(a.2, b4); sums.1.add(a.3, b3); sums.1.add(a.4, b2)
        sums.2.add(a.0, b.2); sums.2.add(a.1, b.1); sums.2.add(a.2, b.0); sums.2.add(a.3, b4); sums.2.add(a.4, b3)
        sums.3.add(a.0, b.3); sums.3.add(a.1, b.2); sums.3.add(a.2, b.1); sums.3.add(a.3, b.0); sums.3.add(a.4, b4)
        sums.4.add(a.0, b.4); sums.4.add(a.1, b.3); sums.4.add(a.2, b.2); sums.4.add(a.3, b.1); sums.4.add(a.4, b.0)
        let l0 = sums.0.takeLimb(carry: 0)
        let l1 = sums.1.takeLimb(carry: sums.0.rest)
        let l2 = sums.2.takeLimb(carry: sums.1.rest)
        let l3 = sums.3.takeLimb(carry: sums.2.rest)
        let l4 = sums.4.takeLimb(carry: sums.3.rest)
        return FieldElement(l0 + sums.4.rest * 19, l1, l2, l3, l4).carried()
    }

    /// The exponent is a constant: it says how often the square of the square is taken, and where a factor comes in.
    private func power(highBits: Int, lowBits: [Bool]) -> FieldElement {
        var result = self
        for _ in 1..<highBits { result = result * result * self }
        for bit in lowBits {
            result = result * result
            if bit { result = result * self }
        }
        return result
    }

    /// The number that times this one is 1; zero for zero. 2^255 − 21 in binary: 250 ones, then 01011.
    var inverse: FieldElement { self.power(highBits: 250, lowBits: [false, true, false, true, true]) }

    /// 1 for a square, −1 for what is none, 0 for zero. 2^254 − 10 in binary: 250 ones, then 0110.
    var legendre: FieldElement { self.power(highBits: 250, lowBits: [false, true, true, false]) }
}

/// A sum of products, in 128 bits. `UInt128` would do, but needs newer systems than this library.
private struct Wide {
    private var high: UInt64 = 0
    private var low: UInt64 = 0

    /// What is left once a limb was taken.
    private(set) var rest: UInt64 = 0

    mutating func add(_ one: UInt64, _ other: UInt64) {
        let product = one.multipliedFullWidth(by: other)
        self.high &+= product.high &+ Self.carry(self.low, product.low)
        self.low &+= product.low
    }

    mutating func takeLimb(carry: UInt64) -> UInt64 {
        let sum = self.low &+ carry
        self.high &+= Self.carry(self.low, carry)
        self.rest = self.high << 13 | sum >> 51
        return sum & (1 << 51 - 1)
    }

    /// 1 where the sum of the two does not fit, found without a comparison.
    private static func carry(_ one: UInt64, _ other: UInt64) -> UInt64 {
        (one & other | (one | other) & ~(one &+ other)) >> 63
    }
}
