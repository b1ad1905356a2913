import FoundationEssentials
import Testing

@testable import QRCode

/// What Web/demo/qr.js chooses.
private let chosenMasks = [
    ("https://example.org/#2802", 2),
    ("http://127.0.0.1:1234/#2802", 2),
    ("https://signaling.example.org/#28021", 2),
    ("x", 4),
    ("Zwei Geräte, ein Code", 2),
    ("https://rendezvous.example/behind/#480213", 3),
]

@Suite struct QRCodeTests {
    /// Symbols that another encoder drew (Tests/Vectors/qr-symbols.json).
    private struct Vectors: Decodable {
        struct Drawn: Decodable {
            let text: String
            let mask: Int
            let size: Int
            let rows: [String]
        }

        let symbols: [Drawn]
    }

    @Test func everyModuleIsThatOfAnotherEncoder() throws {
        let path = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        let file = try Data(contentsOf: URL(filePath: path + "/Vectors/qr-symbols.json"))
        let symbols = try JSONDecoder().decode(Vectors.self, from: file).symbols
        #expect(symbols.count == 10)
        for other in symbols {
            let code = try #require(QRCode(other.text, mask: other.mask))
            #expect(code.size == other.size)
            let rows = (0..<code.size).map { y in String((0..<code.size).map { x in code[x, y] ? "#" : "." }) }
            #expect(rows == other.rows, "\(other.text), mask \(other.mask)")
        }
    }

    /// The most bytes that the standard's table of capacities gives to byte mode at level M.
    @Test(arguments: [1: 14, 2: 26, 3: 42, 9: 180, 10: 213, 26: 1059, 27: 1125, 39: 2213, 40: 2331])
    func aVersionHoldsItsCapacityAndNoMore(version: Int, capacity: Int) throws {
        #expect(QRCode(String(repeating: "x", count: capacity), mask: 0)?.size == 17 + 4 * version)
        let larger = QRCode(String(repeating: "x", count: capacity + 1), mask: 0)
        #expect(larger?.size == (version == 40 ? nil : 21 + 4 * version))
    }

    @Test func lengthIsCountedInBytes() {
        #expect(QRCode(String(repeating: "é", count: 1_165), mask: 0) != nil)
        #expect(QRCode(String(repeating: "é", count: 1_166), mask: 0) == nil)
    }

    @Test func theMaskIsTheOneWithTheLeastPenalty() throws {
        for (text, mask) in chosenMasks { #expect(QRCode(text)?.mask == mask, "\(text)") }
    }

    @Test func penaltiesOfALineAreThoseOfTheStandard() {
        func penalty(_ line: String) -> Int { Penalty.of(line: line.map { $0 == "1" }) }
        #expect(penalty("010101") == 0)
        #expect(penalty("011110") == 0)
        #expect(penalty("0111110") == 3)
        #expect(penalty("01111110") == 4)
        #expect(penalty("10111010000") == 40)
        #expect(penalty("00001011101") == 40)
        // One look-alike that ends where the other begins counts twice.
        #expect(penalty("000010111010000") == 80)
        #expect(penalty("10111010") == 0)
    }

    @Test func allAroundIsLight() throws {
        let code = try #require(QRCode("https://example.org/#2802"))
        #expect(code[0, 0])
        #expect(!code[-1, 0] && !code[0, -1] && !code[code.size, 0] && !code[0, code.size])
    }
}
