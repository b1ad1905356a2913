import ByteStreams
import NIOCore
import RESPCore
import TimeKeeping

/// Whoever opened a connection to an engine. Calls come on the connection's loop.
protocol EngineConnectionOwner: AnyObject {
    func connectionIsReady(_ connection: EngineConnection, _ facts: SessionFacts)
    /// Comes once, but after `stop`. From then on every call fails.
    func connectionIsOver(_ connection: EngineConnection, _ reason: String)
}

/// One connection to an engine, from dialing to its end: checks whom it talks to, sends commands, and hands replies to those who wait.
///
/// What is sent while the loop deals with a batch of input goes out together when that is done.
///
/// `@unchecked Sendable`, for `LoopWakeable`: everything is used on the context's loop only, which each way in asserts or comes from.
final class EngineConnection: @unchecked Sendable {
    private enum Phase {
        case dialing
        /// The session is being opened.
        case opening
        /// `digests` are those of the scripts.
        case ready(digests: [RESPArgument])
        /// It ends when what has come in is dealt with.
        case leaving(String)
        case over
    }

    private enum Waiter {
        case session
        case call(EngineCaller)
    }

    private let context: LoopContext
    private let board: EngineBoard
    private let endpoint: EngineEndpoint
    private let replyLimit: TimeSpan
    private weak var owner: (any EngineConnectionOwner)?

    private var phase = Phase.dialing
    private var stream: (any ByteStream)?
    private var session: RESPSession
    private var parser = RESPParser()
    private var pipeline = CommandPipeline<Waiter>()
    /// Commands since the last flush.
    private var outgoing = ByteBuffer()
    private var isTouched = false
    /// While dialing, until when; then until when the oldest command may wait, or one that was older.
    private var timer: ExpiryToken?

    init(_ endpoint: EngineEndpoint, _ settings: EngineSettings, context: LoopContext, board: EngineBoard, owner: any EngineConnectionOwner)
    {
        self.endpoint = endpoint
        self.session = RESPSession(settings.session)
        self.replyLimit = settings.replyLimit
        self.context = context
        self.board = board
        self.owner = owner
    }

    func dial(_ dialer: any EngineDialer, within limit: TimeSpan) {
        self.setTimer(self.context.clock.now() + limit)
        dialer.dial(self.endpoint, within: limit, driver: self)
    }

    // MARK: - Sending

    func call(_ caller: EngineCaller, keys: [RESPArgument], arguments: [RESPArgument]) {
        self.context.loop.assertIsCurrent()
        guard case .ready(let digests) = self.phase else { return self.board.settle(caller, .failure(.down)) }
        let head: [RESPArgument] = ["EVALSHA", digests[caller.script.number], .integer(keys.count)]
        switch self.send(.call(caller), head, keys, arguments) {
        case .write: break
        case .refuse(.closed): self.board.settle(caller, .failure(.down))
        case .refuse(.tooManyWait), .refuse(.tooMuchUnsent): self.board.settle(caller, .failure(.busy))
        }
    }

    private func send(
        _ waiter: Waiter, _ head: [RESPArgument], _ keys: [RESPArgument] = [], _ arguments: [RESPArgument] = []
    ) -> CommandPipeline<Waiter>.Sending {
        let now = self.context.clock.now()
        let sending = self.pipeline.send(
            waiter, bytes: RESPCommand.length(head, keys, arguments), unsent: self.outgoing.readableBytes + (self.stream?.unsentBytes ?? 0),
            now: now, within: self.replyLimit)
        guard sending == .write else { return sending }
        if self.outgoing.capacity == 0 { self.outgoing = self.context.takeBuffer() }
        RESPCommand.write(head, keys, arguments, into: &self.outgoing)
        if !self.isTouched {
            self.isTouched = true
            self.context.touch(self)
        }
        if self.timer == nil { self.setTimer(now + self.replyLimit) }
        return sending
    }

    private func send(_ commands: [[RESPArgument]]) {
        for command in commands {
            guard self.send(.session, command) == .write else { return self.end("the scripts are too many or too long") }
        }
    }

    // MARK: - Replies

    private func handle(_ value: RESPValue, now: MonotonicTime) {
        switch self.pipeline.received(value, now: now) {
        case .reply(.session, let value, _): self.handle(self.session.replied(value))
        case .reply(.call(let caller), .error(let error), let time):
            if error.endsConnection, case .ready = self.phase { self.phase = .leaving("the engine says: \(error)") }
            self.board.settle(caller, .failure(.replied(error)), after: time)
        case .reply(.call(let caller), let value, let time): self.board.settle(caller, .success(value), after: time)
        // Nothing is subscribed to.
        case .push, .ignore: break
        case .close: self.end("the engine sent a reply that nobody asked for")
        }
    }

    private func handle(_ step: RESPSession.Step) {
        switch step {
        case .send(let commands): self.send(commands)
        case .wait: break
        case .ready(let facts):
            self.phase = .ready(digests: facts.digests.map { .text($0) })
            self.owner?.connectionIsReady(self, facts)
        case .refuse(let refusal): self.end("\(refusal)")
        }
    }

    // MARK: - The end

    /// Ends the connection, without a word to its owner.
    func stop() {
        self.owner = nil
        self.end("stopped")
    }

    private func end(_ reason: String, lost: [Waiter] = []) {
        if case .over = self.phase { return }
        self.phase = .over
        if let timer = self.timer { self.context.timers.cancel(timer) }
        let lost = lost + self.pipeline.close()
        self.outgoing = ByteBuffer()
        let stream = self.stream
        self.stream = nil
        // An engine that does not respond would not take part in an orderly end either.
        stream?.abort()
        self.owner?.connectionIsOver(self, "\(self.endpoint): \(reason)")
        for case .call(let caller) in lost { self.board.settle(caller, .failure(.lost)) }
    }

    private func setTimer(_ deadline: MonotonicTime) { self.timer = self.context.timers.schedule(self, at: deadline) }
}

extension EngineConnection: StreamDriver {
    func opened(on stream: any ByteStream) {
        // It was given up meanwhile.
        guard case .dialing = self.phase else { return stream.abort() }
        if let timer = self.timer { self.context.timers.cancel(timer) }
        self.timer = nil
        self.stream = stream
        self.phase = .opening
        self.send(self.session.begin())
    }

    func received(_ bytes: ByteBuffer) {
        let now = self.context.clock.now()
        self.parser.feed(bytes)
        do {
            while self.stream != nil, let value = try self.parser.next() { self.handle(value, now: now) }
        } catch {
            return self.end("the engine does not speak RESP: \(error)")
        }
        if case .leaving(let reason) = self.phase { self.end(reason) }
    }

    func readCompleted() {}
    func becameWritable() {}
    var outlivesInput: Bool { false }

    func ended(_ error: (any Error)?) {
        if case .dialing = self.phase { return self.end("cannot connect: \(error.map { "\($0)" } ?? "the attempt was given up")") }
        self.end(error.map { "the connection broke: \($0)" } ?? "the engine closed the connection")
    }
}

extension EngineConnection: LoopWakeable {
    /// The loop has dealt with what came in.
    func wake(from context: LoopContext) {
        self.isTouched = false
        guard let stream = self.stream, self.outgoing.readableBytes > 0 else { return }
        var bytes = ByteBuffer()
        swap(&bytes, &self.outgoing)
        stream.write(bytes)
        stream.flush()
        context.recycle(&bytes)
    }
}

extension EngineConnection: DeadlineTarget {
    func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        if case .dialing = self.phase { return self.end("cannot connect: it takes too long") }
        switch self.pipeline.check(now: now) {
        case .wait(let deadline?): self.setTimer(deadline)
        case .wait(nil): break
        case .close(let lost): self.end("the engine does not respond", lost: lost)
        }
    }
}
