import Dispatch
import Logging
import ServerThreads
import Testing

@testable import ServerLogging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@Suite struct LogSinkTests {
    @Test func closingLosesNothing() {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.writer)
        for number in 0..<1000 { sink.append([UInt8]("line \(number)\n".utf8)) }
        #expect(sink.close(timeout: .seconds(10)))
        sink.append([UInt8]("too late\n".utf8))
        #expect(sink.droppedLines == 1)
        #expect(sink.flush(timeout: .seconds(10)))
        #expect(pipe.readToEnd() == (0..<1000).map { "line \($0)\n" }.joined())
    }

    @Test func flushingWaitsForWhatWasTakenAndTheSinkGoesOn() {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.writer)
        for round in 0..<200 {
            let line = [UInt8]("round \(round)\n".utf8)
            sink.append(line)
            #expect(sink.flush(timeout: .seconds(10)))
            // All of it is in the pipe already.
            var waiting = pollfd(fd: pipe.reader, events: CShort(POLLIN), revents: 0)
            #expect(poll(&waiting, 1, 0) == 1)
            #expect(pipe.read { $0.count >= line.count } == line)
        }
        #expect(sink.close(timeout: .seconds(10)))
        pipe.closeBoth()
    }

    @Test(arguments: [false, true]) func aReaderThatStallsCostsLinesAndNoTime(nonBlocking: Bool) throws {
        let pipe = Pipe(nonBlocking: nonBlocking)
        let sink = LogSink(descriptor: pipe.writer, capacity: 100_000, linesPerSecond: .max)
        let clock = TestClock()
        let logger = makeLogger(label: "test", JSONLine(), threshold: LogThreshold(.info), sink: sink) { clock.now() }
        // Nobody reads. A pipe holds 64 KiB and the sink 100 kB: these fill the one, and do not yet fill the other. Once that is so, nothing
        // is written any more that could make room in the midst of the next lines.
        let (first, count) = (1_000, 20_000)
        for number in 0..<first { logger.info("m", metadata: ["n": .stringConvertible(number)]) }
        #expect(pipe.isFilled())
        // Lines must be dropped long before this many.
        for number in first..<count { logger.info("m", metadata: ["n": .stringConvertible(number)]) }
        let dropped = sink.droppedLines
        #expect(dropped > 10_000)
        #expect(!sink.flush(timeout: .milliseconds(1)))

        let end = [UInt8]("\"n\":\"end\"}\n".utf8)
        let notice = [UInt8]("dropped\":".utf8)
        var bytes = pipe.read { $0.suffix(200).firstRange(of: notice) != nil && $0.last == UInt8(ascii: "\n") }
        logger.info("m", metadata: ["n": "end"])
        bytes += pipe.read { $0.suffix(end.count).elementsEqual(end) }
        let written = String(decoding: bytes, as: UTF8.self).split(separator: "\n")

        let head = #"{"time":"2026-01-31T12:03:04.123Z","level":"#
        let kept = count - dropped
        var expected = (0..<kept).map { "\(head)\"info\",\"message\":\"m\",\"n\":\($0)}" }
        expected.append(#"\#(head)"warning","message":"log lines were dropped","dropped":\#(dropped)}"#)
        expected.append(#"\#(head)"info","message":"m","n":"end"}"#)
        #expect(written.map(String.init) == expected)
        #expect(sink.close(timeout: .seconds(10)))
        pipe.closeBoth()
    }

    @Test func aLineLargerThanTheSinkIsDropped() {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.writer, capacity: 100)
        sink.append([UInt8](repeating: UInt8(ascii: "x"), count: 101))
        sink.append([UInt8]("next\n".utf8))
        #expect(sink.close(timeout: .seconds(10)))
        #expect(pipe.readToEnd() == "1 log lines were dropped\nnext\n")
    }

    @Test func linesOfManyThreadsStayWhole() {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.writer, linesPerSecond: .max)
        let logger = makeLogger(label: "test", TextLine(isColored: false, clock: .utcClock), threshold: LogThreshold(.info), sink: sink) {
            TestClock.start
        }
        let (threads, each) = (8, 500)
        let gathered = Monitor<[UInt8]?>(nil)
        startThread {
            let bytes = pipe.read { _ in false }
            gathered.withLock { $0 = bytes }
            gathered.notify()
        }
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            for number in 0..<each {
                let pad = String(repeating: "p", count: number)
                logger.info("from \(thread)", metadata: ["n": "\(number)", "pad": .string(pad)])
            }
        }
        #expect(sink.close(timeout: .seconds(10)))
        #expect(systemClose(pipe.writer) == 0)
        let bytes = gathered.wait(for: .seconds(10)) { $0 } ?? []
        #expect(systemClose(pipe.reader) == 0)

        let written = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(written.count == threads * each)
        for thread in 0..<threads {
            let mine = written.filter { $0.hasPrefix("12:03:04.123 INFO  from \(thread)  ") }
            let expected = (0..<each).map { number in
                "12:03:04.123 INFO  from \(thread)  n=\(number) pad=\(number == 0 ? "\"\"" : String(repeating: "p", count: number))"
            }
            #expect(mine == expected)
        }
    }

    @Test func aBrokenPipeNeitherKillsNorSpins() {
        let pipe = Pipe()
        #expect(systemClose(pipe.reader) == 0)
        let sink = LogSink(descriptor: pipe.writer)
        for _ in 0..<3 {
            sink.append([UInt8]("lost\n".utf8))
            #expect(sink.flush(timeout: .seconds(10)))
        }
        #expect(sink.droppedLines == 3)
        #expect(sink.close(timeout: .seconds(10)))
        #expect(systemClose(pipe.writer) == 0)
    }
}
