import Logging
import Testing

@testable import ServerLogging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@Suite struct TextLineTests {
    private let plain = TextLine(isColored: false, clock: .utcClock)

    @Test func aLineReadsWell() {
        let written = lines(self.plain) { logger, _ in
            logger.info("connection ended", metadata: ["room": "3f2a…", "side": "A", "code": "\(1000)", "duration": "12.3s"])
            logger.warning("bare")
        }
        #expect(
            written == [
                "12:03:04.123 INFO  connection ended  code=1000 duration=12.3s room=3f2a… side=A",
                "12:03:04.123 WARN  bare",
            ])
    }

    @Test func levelsStandInOneColumn() {
        let written = lines(self.plain) { logger, _ in
            for level in Logger.Level.allCases { logger.log(level: level, "m") }
        }
        #expect(written.map { $0.dropFirst(13) } == ["TRACE m", "DEBUG m", "INFO  m", "NOTE  m", "WARN  m", "ERROR m", "CRIT  m"])
    }

    @Test func onlyTheLevelIsColored() {
        let written = lines(TextLine(isColored: true, clock: .utcClock)) { logger, _ in
            logger.error("m", metadata: ["k": "v"])
        }
        #expect(written == ["12:03:04.123 \u{1b}[31mERROR\u{1b}[0m m  k=v"])
    }

    @Test func noValueCanForgeALineOrAField() {
        let written = lines(self.plain) { logger, _ in
            logger.info("a\nb\u{1b}[2K\u{9b}", metadata: ["k": "v side=B", "e": "", "q": "a\"b\\c", "n": "x\r\n12:00:00.000 INFO  fake"])
            logger.info("m", metadata: ["bidi": "\u{202e}gnp", "sp": "a\u{a0}b", "key with=space\n": "v", "del": "\u{7f}", "nul": "\0"])
        }
        #expect(
            written == [
                #"12:03:04.123 INFO  a\nb\u{1b}[2K\u{9b}  e="" k="v side=B" n="x\r\n12:00:00.000 INFO  fake" q="a\"b\\c""#,
                "12:03:04.123 INFO  m  bidi=\"\\u{202e}gnp\" del=\"\\u{7f}\" \"key with=space\\n\"=v nul=\"\\u{0}\" sp=\"a\u{a0}b\"",
            ])
    }

    @Test func nestedValues() {
        let written = lines(self.plain) { logger, _ in
            logger.info("m", metadata: ["a": ["x", "y z"], "d": ["k": "v", "l": ["1"]], "e": [], "f": [:], "n": .stringConvertible(5)])
        }
        #expect(written == [#"12:03:04.123 INFO  m  a=[x,"y z"] d={k=v,l=[1]} e=[] f={} n=5"#])
    }

    @Test func theSecondIsWorkedOutAnewWhenItChanges() {
        let written = lines(self.plain) { logger, clock in
            logger.info("a")
            clock.set(WallTime(seconds: TestClock.start.seconds, milliseconds: 7))
            logger.info("b")
            clock.set(WallTime(seconds: TestClock.start.seconds + 56, milliseconds: 0))
            logger.info("c")
        }
        #expect(written.map { $0.prefix(12) } == ["12:03:04.123", "12:03:04.007", "12:04:00.000"])
    }

    @Test func peopleReadTheirOwnClock() {
        var moment = time_t(TestClock.start.seconds)
        var local = tm()
        localtime_r(&moment, &local)
        func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let written = lines(TextLine(isColored: false)) { logger, _ in logger.info("m") }
        #expect(written == ["\(two(local.tm_hour)):\(two(local.tm_min)):\(two(local.tm_sec)).123 INFO  m"])
    }
}
