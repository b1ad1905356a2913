import RESPCore
import Testing
import TimeKeeping

@Suite struct CommandPipelineTests {
    private typealias Pipeline = CommandPipeline<Int>
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private static func time(_ milliseconds: Int64) -> MonotonicTime { self.start + .milliseconds(milliseconds) }

    private static func send(_ tag: Int, on pipeline: inout Pipeline, at now: Int64 = 0, within limit: Int64 = 2000) -> Pipeline.Sending {
        pipeline.send(tag, bytes: 10, unsent: 0, now: self.time(now), within: .milliseconds(limit))
    }

    private static func shown(_ receiving: Pipeline.Receiving) -> String {
        switch receiving {
        case .reply(let tag, let value, let time): "\(tag) \(value.text ?? "?") \(time.milliseconds)"
        case .push(let values): "push \(values.count)"
        case .close: "close"
        case .ignore: "ignore"
        }
    }

    private static func shown(_ overdue: Pipeline.Overdue) -> String {
        switch overdue {
        case .wait(nil): "idle"
        case .wait(let deadline?): "until \((deadline - self.start).milliseconds)"
        case .close(let lost): "lost \(lost)"
        }
    }

    @Test func repliesBelongToTheOldest() {
        var pipeline = Pipeline()
        for tag in 1...3 { #expect(Self.send(tag, on: &pipeline, at: Int64(tag)) == .write) }
        #expect(Self.shown(pipeline.received(.simple("a"), now: Self.time(5))) == "1 a 4")
        #expect(Self.shown(pipeline.received(.push([.null]), now: Self.time(5))) == "push 1")
        #expect(Self.shown(pipeline.received(.simple("b"), now: Self.time(6))) == "2 b 4")
        #expect(Self.send(4, on: &pipeline) == .write)
        #expect(Self.shown(pipeline.received(.simple("c"), now: Self.time(7))) == "3 c 4")
        #expect(pipeline.count == 1)
        #expect(pipeline.close() == [4])
    }

    @Test func aReplyThatNobodyAskedForEndsIt() {
        var pipeline = Pipeline()
        #expect(Self.shown(pipeline.received(.push([]), now: Self.time(0))) == "push 0")
        #expect(Self.shown(pipeline.received(.simple("a"), now: Self.time(0))) == "close")
        #expect(Self.send(1, on: &pipeline) == .refuse(.closed))
        #expect(Self.shown(pipeline.received(.simple("a"), now: Self.time(0))) == "ignore")
        #expect(pipeline.close().isEmpty)
    }

    @Test func whenTheOldestIsOverdueAllAreLost() {
        var pipeline = Pipeline()
        #expect(Self.shown(pipeline.check(now: Self.time(0))) == "idle")
        #expect(Self.send(1, on: &pipeline, at: 0) == .write)
        #expect(Self.send(2, on: &pipeline, at: 1000) == .write)
        #expect(Self.shown(pipeline.check(now: Self.time(1999))) == "until 2000")
        #expect(Self.shown(pipeline.received(.simple("a"), now: Self.time(1999))) == "1 a 1999")
        #expect(Self.shown(pipeline.check(now: Self.time(2000))) == "until 3000")
        #expect(Self.send(3, on: &pipeline, at: 2500) == .write)
        #expect(Self.shown(pipeline.check(now: Self.time(3000))) == "lost [2, 3]")
        // What comes now is nobody's.
        #expect(Self.shown(pipeline.received(.simple("b"), now: Self.time(3000))) == "ignore")
        #expect(Self.send(4, on: &pipeline, at: 3000) == .refuse(.closed))
        #expect(Self.shown(pipeline.check(now: Self.time(9000))) == "idle")
    }

    @Test func aLateReplyIsItsCommandsUntilThatIsNoticed() {
        var pipeline = Pipeline()
        #expect(Self.send(1, on: &pipeline) == .write)
        #expect(Self.send(2, on: &pipeline, at: 100) == .write)
        #expect(Self.shown(pipeline.received(.simple("a"), now: Self.time(2050))) == "1 a 2050")
        #expect(Self.shown(pipeline.check(now: Self.time(2050))) == "until 2100")
    }

    /// A younger command with less time waits for the older ones: its reply comes behind theirs.
    @Test func onlyTheOldestIsLookedAt() {
        var pipeline = Pipeline()
        #expect(Self.send(1, on: &pipeline, within: 2000) == .write)
        #expect(Self.send(2, on: &pipeline, within: 100) == .write)
        #expect(Self.shown(pipeline.check(now: Self.time(500))) == "until 2000")
        #expect(Self.shown(pipeline.received(.simple("a"), now: Self.time(600))) == "1 a 600")
        #expect(Self.shown(pipeline.check(now: Self.time(600))) == "lost [2]")
    }

    @Test func soManyMayWait() {
        var pipeline = Pipeline()
        for tag in 0..<Pipeline.mostWaiting { #expect(Self.send(tag, on: &pipeline) == .write) }
        #expect(Self.send(-1, on: &pipeline) == .refuse(.tooManyWait))
        #expect(Self.shown(pipeline.received(.simple("a"), now: Self.time(0))) == "0 a 0")
        #expect(Self.send(-2, on: &pipeline) == .write)
        #expect(pipeline.close() == Array(1..<Pipeline.mostWaiting) + [-2])
    }

    @Test func soMuchMayBeUnsent() {
        var pipeline = Pipeline()
        let most = Pipeline.mostUnsent
        func send(_ bytes: Int, behind unsent: Int) -> Pipeline.Sending {
            pipeline.send(1, bytes: bytes, unsent: unsent, now: Self.time(0), within: .seconds(2))
        }
        #expect(send(most, behind: 0) == .write)
        #expect(send(1, behind: most - 1) == .write)
        #expect(send(2, behind: most - 1) == .refuse(.tooMuchUnsent))
        #expect(send(.max, behind: 0) == .refuse(.tooMuchUnsent))
        #expect(send(0, behind: most + 5) == .refuse(.tooMuchUnsent))
        // Who was refused does not wait.
        #expect(pipeline.count == 2)
    }
}
