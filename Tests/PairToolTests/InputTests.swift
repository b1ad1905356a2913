import Testing

@testable import PairTool

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@Suite struct LineSplitterTests {
    private func lines(_ pieces: [String]) -> [LineSplitter.Line] {
        var splitter = LineSplitter()
        var lines: [LineSplitter.Line] = []
        for piece in pieces {
            splitter.append(piece.utf8)
            while let line = splitter.next() { lines.append(line) }
        }
        while let line = splitter.next(atEnd: true) { lines.append(line) }
        return lines
    }

    @Test func linesAreTheSameHoweverTheyAreCut() {
        let text = "one\r\n\ntwé\nthree"
        let whole = self.lines([text])
        #expect(whole == [.text("one"), .text(""), .text("twé"), .text("three")])
        #expect(self.lines(text.unicodeScalars.map { String($0) }) == whole)
    }

    @Test func whatIsTooLongIsPassedOverAndKeepsNothing() {
        let limit = LineSplitter.limit
        let long = String(repeating: "x", count: limit)
        #expect(self.lines([long + "\na"]) == [.text(long), .text("a")])
        #expect(self.lines([long + "\r\na"]) == [.text(long), .text("a")])
        #expect(self.lines([long + "x\na"]) == [.tooLong, .text("a")])
        #expect(self.lines([long, long, "x", "\na\n"]) == [.tooLong, .text("a")])
        #expect(self.lines([long, long]) == [.tooLong])
    }

    @Test func whatIsNoTextIsRepaired() {
        var splitter = LineSplitter()
        splitter.append([0x61, 0xff, 0x0a])
        #expect(splitter.next() == .text("a\u{fffd}"))
    }
}

@Suite(.timeLimit(.minutes(1))) struct StandardInputTests {
    private func makePipe() throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    @Test func linesComeOneAfterTheOtherAndThenTheEnd() async throws {
        let (reader, writer) = try self.makePipe()
        defer { close(reader) }
        let input = try #require(StandardInput(descriptor: reader))
        _ = Array("a\nb".utf8).withUnsafeBytes { write(writer, $0.baseAddress, $0.count) }
        #expect(await input.next() == .text("a"))
        close(writer)
        #expect(await input.next() == .text("b"))
        #expect(await input.next() == nil)
        #expect(await input.next() == nil)
    }

    @Test func aCancelledTaskWaitsForNoInput() async throws {
        let (reader, writer) = try self.makePipe()
        defer { close(reader); close(writer) }
        let input = try #require(StandardInput(descriptor: reader))
        let waiting = Task { await input.next() }
        waiting.cancel()
        #expect(await waiting.value == nil)
        #expect(await input.next() == nil)
    }
}
