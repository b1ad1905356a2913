import QRCode
import Testing

@testable import PairTool

@Suite struct CodeScreenTests {
    private let screen = CodeScreen(code: "2802", link: "http://127.0.0.1:1234/#2802", lifetime: .seconds(600))

    private func visible(_ line: String) -> String {
        line.replacing(#/\u{1b}\[[0-9;]*m/#, with: "")
    }

    @Test func aPlainScreenHasCodeAndLinkInWords() {
        let lines = self.screen.lines(on: .plain)
        #expect(lines.first == "Code 2802")
        #expect(lines.contains { $0.contains("http://127.0.0.1:1234/#2802") })
        #expect(lines.contains("Works once, for 10 minutes."))
        #expect(lines.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } })
    }

    @Test(arguments: [(80, 24), (100, 30), (60, 50), (37, 60), (20, 10), (40, 24)])
    func nothingIsWiderThanTheWindowAndNothingIsLeftOut(columns: Int, rows: Int) throws {
        let lines = self.screen.lines(on: .drawing(columns: columns, rows: rows)).map(self.visible)
        let textColumns = try #require(self.screen.lines(on: .plain).map(\.count).max())
        #expect(lines.allSatisfy { $0.count <= max(columns, textColumns) })
        let all = lines.joined(separator: "\n")
        for text in self.screen.lines(on: .plain) { #expect(all.contains(text)) }
        for row in LargeDigits.rows(of: "2802") { #expect(all.contains(row)) }
        #expect(lines.count == lines.count { !$0.contains("\n") })
    }

    @Test func anOrdinaryWindowShowsThePictureBesideTheCodeWithoutScrolling() {
        let lines = self.screen.lines(on: .drawing(columns: 80, rows: 24))
        #expect(lines.count <= 22)
        #expect(lines[0].contains("\u{1b}[38;5;16;48;5;231m"))
    }

    @Test func aPictureThatDoesNotFitIsLeftOut() {
        for kind in [TerminalKind.drawing(columns: 30, rows: 50), .drawing(columns: 200, rows: 12)] {
            #expect(!self.screen.lines(on: kind).contains { $0.contains("\u{1b}") })
        }
    }

    @Test func theDrawingIsTheSymbolWithItsLightBorder() throws {
        let code = try #require(QRCode("http://127.0.0.1:1234/#2802"))
        let rows = QRDrawing.rows(of: code).map { Array(self.visible($0)) }
        #expect(rows.count == (code.size + 9) / 2)
        for y in -4..<code.size + 4 {
            for x in -4..<code.size + 4 {
                let block = rows[(y + 4) / 2][x + 4]
                let isDark = block == "█" || block == ((y + 4) % 2 == 0 ? "▀" : "▄")
                #expect(isDark == code[x, y])
            }
        }
    }

    @Test func largeDigitsAreTenShapesOfOneSize() {
        let shapes = (0...9).map { LargeDigits.rows(of: String($0)) }
        #expect(Set(shapes).count == 10)
        #expect(shapes.allSatisfy { $0.count == LargeDigits.height && $0.allSatisfy { $0.count == 4 } })
    }

    @Test func lifetimesAreNotRoundedUp() {
        func life(_ duration: Duration?) -> String { CodeScreen(code: "1", link: "l", lifetime: duration).lines(on: .plain)[1] }
        #expect(life(nil) == "Works once.")
        #expect(life(.seconds(59)) == "Works once, for less than a minute.")
        #expect(life(.seconds(119)) == "Works once, for a minute.")
        #expect(life(.seconds(120)) == "Works once, for 2 minutes.")
    }

    @Test func blocksAreDrawnWhereTheTerminalHasThem() {
        func kind(_ variables: [String: String]) -> TerminalKind { .of(columns: 80, rows: 24) { variables[$0] } }
        let drawing = TerminalKind.drawing(columns: 80, rows: 24)
        #expect(kind(["TERM": "xterm", "LANG": "de_CH.UTF-8"]) == drawing)
        #expect(kind(["TERM": "xterm", "LANG": "C", "LC_ALL": "C.utf8"]) == drawing)
        #expect(kind(["TERM": "xterm", "LANG": "C.UTF-8", "LC_ALL": "", "NO_COLOR": ""]) == drawing)
        #expect(kind(["TERM": "xterm", "LANG": "C.UTF-8", "LC_ALL": "C"]) == .plain)
        #expect(kind(["TERM": "dumb", "LANG": "C.UTF-8"]) == .plain)
        #expect(kind(["LANG": "C.UTF-8"]) == .plain)
        #expect(kind(["TERM": "xterm", "LANG": "C.UTF-8", "NO_COLOR": "1"]) == .plain)
    }
}
