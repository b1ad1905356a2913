import ByteStreams
import NIOCore
import RESPCore
import TimeKeeping

/// Asks one Sentinel where a primary is, on a connection of its own.
final class SentinelQuery {
    private let name: String
    private let context: LoopContext
    /// Called once, but after `cancel`; not from within `dial`.
    private var done: ((SentinelAnswer) -> Void)?
    private var stream: (any ByteStream)?
    private var parser = RESPParser()
    private var timer: ExpiryToken?

    init(about name: String, context: LoopContext, _ done: @escaping (SentinelAnswer) -> Void) {
        self.name = name
        self.context = context
        self.done = done
    }

    func dial(_ endpoint: EngineEndpoint, _ dialer: any EngineDialer, within limit: TimeSpan) {
        self.timer = self.context.timers.schedule(self, at: self.context.clock.now() + limit)
        dialer.dial(endpoint, within: limit, driver: self)
    }

    func cancel() {
        self.done = nil
        self.close()
    }

    private func finish(_ answer: SentinelAnswer) {
        let done = self.done
        self.cancel()
        done?(answer)
    }

    private func close() {
        if let timer = self.timer { self.context.timers.cancel(timer) }
        self.timer = nil
        let stream = self.stream
        self.stream = nil
        stream?.abort()
    }
}

extension SentinelQuery: StreamDriver {
    func opened(on stream: any ByteStream) {
        guard self.done != nil else { return stream.abort() }
        self.stream = stream
        var question = ByteBuffer()
        RESPCommand.write(SentinelAnswer.question(about: self.name), into: &question)
        stream.write(question)
        stream.flush()
    }

    func received(_ bytes: ByteBuffer) {
        guard self.done != nil else { return }
        self.parser.feed(bytes)
        do {
            if let value = try self.parser.next() { self.finish(SentinelAnswer(value)) }
        } catch {
            self.finish(.failed("it does not speak RESP: \(error)"))
        }
    }

    func readCompleted() {}
    func becameWritable() {}
    var outlivesInput: Bool { false }

    func ended(_ error: (any Error)?) {
        self.stream = nil
        self.finish(.failed(error.map { "\($0)" } ?? "it closed the connection"))
    }
}

extension SentinelQuery: DeadlineTarget {
    func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        self.finish(.failed("it does not answer"))
    }
}
