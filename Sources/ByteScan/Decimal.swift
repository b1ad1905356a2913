/// ASCII decimal digits.
package enum Decimal {
    /// The last eight digits of a number, with leading zeros; the first is in the highest byte.
    @inlinable
    package static func digits(_ number: UInt32) -> UInt64 {
        var (digits, rest) = (0x3030_3030_3030_3030 as UInt64, number)
        for shift in stride(from: 0 as UInt64, to: 64, by: 8) {
            digits += UInt64(rest % 10) << shift
            rest /= 10
        }
        return digits
    }
}
