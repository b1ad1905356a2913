import ByteScan
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func bytesAreWritten(bytes: String, text: String) {
        #expect(String(decoding: Base64Digit.standard.text(Array(bytes.utf8)), as: UTF8.self) == text)
    }

    @Test func theDigitsOfBothAlphabetsAreUsed() {
        #expect(String(decoding: Base64Digit.standard.text([0xFB, 0xFF, 0xBF]), as: UTF8.self) == "+/+/")
        #expect(String(decoding: Base64Digit.url.text([0xFB, 0xFF, 0xBF]), as: UTF8.self) == "-_-_")
    }
}
