import SignalingCore
import Testing

@Suite struct CodeTests {
    @Test(arguments: ["0000", "0042", "9999", "00042", "123456", "0000000", "99999999"])
    func textIsKeptAsItWas(text: String) throws {
        let code = try #require(Code(text.utf8))
        #expect(code.text == text)
        #expect(code.digits == text.utf8.count)
        #expect(code.value == UInt32(text))
        #expect(Code(value: code.value, digits: code.digits) == code)
    }

    @Test(arguments: ["", "1", "123", "123456789", "000000000000", "12a4", " 1234", "1234 ", "+123", "-1234", "12.4", "１２３４", "1234\u{0}"])
    func everythingElseIsRefused(text: String) {
        #expect(Code(text.utf8) == nil)
    }

    @Test func lengthIsPartOfACode() throws {
        let short = try #require(Code("0042".utf8))
        let long = try #require(Code("00042".utf8))
        #expect(short != long)
        #expect(short.tableHash != long.tableHash)
    }

    @Test func valuesMustFitTheirDigits() {
        #expect(Code(value: 10_000, digits: 4) == nil)
        #expect(Code(value: 1, digits: 3) == nil)
        #expect(Code(value: 1, digits: 9) == nil)
        #expect(Code(value: 99_999_999, digits: 8)?.text == "99999999")
    }
}
