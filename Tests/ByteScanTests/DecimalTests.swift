import ByteScan
import Testing

@Suite struct DecimalTests {
    private func text(_ number: UInt32) -> String {
        let digits = Decimal.digits(number)
        return String(decoding: (0..<8).map { UInt8(truncatingIfNeeded: digits >> UInt64(56 - 8 * $0)) }, as: UTF8.self)
    }

    @Test func allEightDigitsAreThere() {
        for number: UInt32 in [0, 1, 9, 10, 42, 999, 1000, 123_456, 9_999_999, 10_000_000, 98_765_432, 99_999_999] {
            #expect(self.text(number) == String(String(number + 100_000_000).dropFirst()))
        }
    }

    @Test func ofLongerNumbersTheLastEightCount() {
        #expect(self.text(100_000_000) == "00000000" && self.text(.max) == "94967295")
    }
}
