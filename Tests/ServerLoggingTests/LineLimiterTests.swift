import Logging
import Testing

@testable import ServerLogging

/// Lines that anybody can cause as often as they like.
@Suite struct LineLimiterTests {
    private static let refusal = LineKind(level: .info, message: "request")

    @Test func fiftyOfAKindASecondAreWritten() {
        var limiter = LineLimiter()
        for _ in 0..<50 { #expect(limiter.admit(Self.refusal, second: 7) == .write(earlier: 0)) }
        #expect(limiter.admit(Self.refusal, second: 7) == .leaveOut(isFirst: true))
        #expect(limiter.admit(Self.refusal, second: 7) == .leaveOut(isFirst: false))
        #expect(limiter.admit(LineKind(level: .info, message: "another"), second: 7) == .write(earlier: 0))
        #expect(limiter.admit(LineKind(level: .warning, message: "request"), second: 7) == .write(earlier: 0))
        #expect(limiter.admit(Self.refusal, second: 8) == .write(earlier: 2))
        #expect(limiter.admit(Self.refusal, second: 8) == .write(earlier: 0))
    }

    @Test func whatWasLeftOutIsToldOfOnceWhenItsSecondIsOver() {
        var limiter = LineLimiter()
        for _ in 0..<12_395 { _ = limiter.admit(Self.refusal, second: 7) }
        #expect(limiter.takeLeftOut(before: 7).isEmpty)
        #expect(limiter.takeLeftOut(before: 8).map(\.count) == [12_345])
        #expect(limiter.pending == 0 && limiter.takeLeftOut(before: 9).isEmpty)
        #expect(limiter.admit(Self.refusal, second: 9) == .write(earlier: 0))
        #expect(Self.refusal.summary(of: 12_345) == "request … and 12,345 more")
        #expect(Self.refusal.summary(of: 999) == "request … and 999 more")
        #expect(Self.refusal.summary(of: 1_000_000) == "request … and 1,000,000 more")
    }

    @Test func theTableOfKindsHasABound() {
        var limiter = LineLimiter()
        for number in 0..<LineLimiter.mostKinds {
            #expect(limiter.admit(LineKind(level: .info, message: "\(number)"), second: 1) == .write(earlier: 0))
        }
        let written = (0..<1_000).count { number in
            limiter.admit(LineKind(level: .info, message: "further \(number)"), second: 1) == .write(earlier: 0)
        }
        #expect(written == LineLimiter.usualPerSecond)
        #expect(limiter.takeLeftOut(before: nil).map(\.count) == [1_000 - LineLimiter.usualPerSecond])
    }

    @Test func theRestOfASecondIsOneLine() {
        let written = lines(TextLine(isColored: false, clock: .utcClock)) { logger, clock in
            for number in 0..<60 { logger.info("request", metadata: ["n": "\(number)"]) }
            clock.set(WallTime(seconds: TestClock.start.seconds + 1, milliseconds: 0))
            for _ in 0..<70 { logger.info("request") }
        }.map { String($0.dropFirst(19)) }
        #expect(written.count == 50 + 1 + 50 + 1)
        #expect(written[49] == "request  n=49" && written[50] == "request … and 10 more" && written.last == "request … and 20 more")
    }

    /// Nobody logs any more, and still it is told.
    @Test func theRestOfTheLastSecondIsToldWithoutFurtherLines() {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.writer)
        let clock = TestClock()
        let logger = makeLogger(label: "test", TextLine(isColored: false, clock: .utcClock), threshold: LogThreshold(.info), sink: sink) {
            clock.now()
        }
        for _ in 0..<53 { logger.info("request") }
        clock.set(WallTime(seconds: TestClock.start.seconds + 1, milliseconds: 0))
        let text = String(decoding: pipe.read { String(decoding: $0, as: UTF8.self).contains(" more\n") }, as: UTF8.self)
        #expect(text.hasSuffix("request … and 3 more\n"))
        #expect(sink.close(timeout: .seconds(10)))
        pipe.closeBoth()
    }
}
