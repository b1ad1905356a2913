import Logging
import Testing

@testable import ServerLogging

@Suite struct LineLogHandlerTests {
    private let format = TextLine(isColored: false, clock: .utcClock)

    @Test func messagesBelowTheLevelAreLeftOut() {
        let written = lines(self.format, level: .warning) { logger, _ in
            for level in Logger.Level.allCases { logger.log(level: level, "\(level.rawValue)") }
            var verbose = logger
            verbose.logLevel = .debug
            verbose.debug("a copy has a level of its own")
            logger.debug("and leaves the first alone")
        }
        #expect(written.map { String($0.dropFirst(19)) } == ["warning", "error", "critical", "a copy has a level of its own"])
    }

    @Test func loggersGoByAThresholdThatChanges() {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.writer)
        let threshold = LogThreshold(.info)
        let logger = makeLogger(label: "test", self.format, threshold: threshold, sink: sink) { TestClock.start }
        let copy = logger
        for level in [Logger.Level.info, .debug, .critical, .trace] {
            threshold.level = level
            #expect(logger.logLevel == level && threshold.level == level)
            copy.debug("\(level)")
        }
        #expect(sink.close(timeout: .seconds(10)))
        #expect(pipe.readToEnd().split(separator: "\n").map { $0.dropFirst(19) } == ["debug", "trace"])
    }

    @Test func laterMetadataWins() {
        let written = lines(self.format) { logger, _ in
            logger[metadataKey: "a"] = "handler"
            logger[metadataKey: "b"] = "handler"
            logger[metadataKey: "c"] = "handler"
            logger.handler.metadataProvider = Logger.MetadataProvider { ["b": "provider", "c": "provider"] }
            logger.info("m", metadata: ["c": "call"])
            logger.info("n")
        }
        #expect(written.map { $0.dropFirst(19) } == ["m  a=handler b=provider c=call", "n  a=handler b=provider c=provider"])
    }

    @Test func anErrorIsDescribed() {
        let written = lines(self.format) { logger, _ in
            logger.error("m", error: Failure.full, metadata: ["k": "v"])
        }
        #expect(written.map { $0.dropFirst(19) } == ["m  error.message=full error.type=ServerLoggingTests.Failure k=v"])
    }

    @Test func theFormatFollowsTheSink() {
        for (format, start) in [(LogLineFormat.auto, "{\"time\":"), (.json, "{\"time\":")] {
            let pipe = Pipe()
            let sink = LogSink(descriptor: pipe.writer)
            #expect(!sink.isTerminal)
            makeLogger(label: "test", format: format, threshold: LogThreshold(.info), sink: sink).info("m")
            #expect(sink.close(timeout: .seconds(10)))
            #expect(pipe.readToEnd().hasPrefix(start))
        }
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.writer)
        makeLogger(label: "test", format: .text, threshold: LogThreshold(.info), sink: sink).info("m")
        #expect(sink.close(timeout: .seconds(10)))
        #expect(pipe.readToEnd().hasSuffix(" INFO  m\n"))
    }
}

enum Failure: Error { case full }
