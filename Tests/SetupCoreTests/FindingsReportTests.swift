import Testing

@testable import SetupCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@Suite struct FindingsReportTests {
    private let info = Finding(.info, .descriptors, "MAX_CONNECTIONS", "up to 9 WebSockets")
    private let warning = Finding(.warning, .devPublic, "DEV", "DEV=true is unsafe", "set DEV=false", joint: ": ")
    private let fault = Finding(.fault, .portTaken, "PORT", "PORT=1: is taken", "choose another")

    @Test func theExitCodeIsOfTheWorst() {
        #expect(FindingsReport([]).exitCode == 0 && FindingsReport([self.info]).exitCode == 0)
        #expect(
            FindingsReport([self.warning, self.info]).exitCode == 1 && FindingsReport([self.info, self.fault, self.warning]).exitCode == 2)
    }

    @Test func theWorstOfEachAreaComesFirst() {
        let text = FindingsReport([self.info, self.warning, self.fault]).text(inColour: false)
        #expect(
            text == """
                Settings
                  warning  DEV=true is unsafe
                           → set DEV=false

                This machine
                  fault    PORT=1: is taken
                           → choose another
                  ok       up to 9 WebSockets

                1 fault, 1 warning: the server would not start, or serve nobody

                """)
    }

    @Test func coloursComeOnlyWhereTheyAreWanted() {
        let report = FindingsReport([self.warning])
        #expect(!report.text(inColour: false).contains("\u{1b}") && report.text(inColour: true).contains("\u{1b}[33mwarning"))
    }

    @Test func programsGetAnObject() {
        let json = FindingsReport([self.warning]).json { "\"\($0)\"" }
        #expect(
            json == #"{"exitCode":1,"faults":0,"warnings":1,"findings":[{"level":"warning","code":"dev-public","subject":"DEV","#
                + #""what":"DEV=true is unsafe","advice":"set DEV=false"}]}"#)
    }

    @Test func nothingBreaksALine() {
        let finding = Finding(.fault, .tlsNames, "A", "x\u{1b}[31m\ny", "z\u{202e}")
        #expect(finding.line == #"x\u{1B}[31m\ny; z\u{202E}"#)
    }

    /// Programs go by the codes, so that each is to be found.
    @Test func theDocumentsNameEachCode() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try #require(fopen("/\(root)/docs/operations.md", "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte >= 0 { bytes.append(UInt8(byte)) }
        let page = String(decoding: bytes, as: UTF8.self)
        for code in FindingCode.allCases { #expect(page.contains("`\(code.rawValue)`"), "\(code.rawValue)") }
    }
}
