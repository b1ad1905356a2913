import ByteStreams
import NIOCore
import ServerThreads
import TimeKeeping

/// One who waits for the addresses of a host.
///
/// `@unchecked Sendable`: only the loop's thread touches what varies. Others pass it on, and may be the last to let go of it: after its
/// answer, when it holds nothing any more, or after the loop's end, when nobody else has what it holds.
final class Asker: @unchecked Sendable {
    let loop: any StreamLoop
    private let port: Int
    private let questions: Monitor<Questions>
    /// Until the answer.
    private var waiting: (context: LoopContext, done: (Result<[SocketAddress], ResolveError>) -> Void)?
    private var deadline: ExpiryToken?

    init(
        port: Int, _ context: LoopContext, _ questions: Monitor<Questions>,
        _ done: @escaping (Result<[SocketAddress], ResolveError>) -> Void
    ) {
        self.loop = context.loop
        self.port = port
        self.questions = questions
        self.waiting = (context, done)
    }

    func wait(_ patience: TimeSpan) {
        guard let context = self.waiting?.context else { return }
        self.deadline = context.timers.schedule(self, at: context.clock.now() + patience)
    }

    func answerSoon(_ result: Result<[SocketAddress], ResolveError>) { self.loop.execute { self.answer(result) } }

    func answer(_ result: Result<[SocketAddress], ResolveError>) {
        // It may have given up.
        guard let (context, done) = self.waiting.take() else { return }
        if let deadline = self.deadline { context.timers.cancel(deadline) }
        done(
            result.map { addresses in
                addresses.map { address in
                    var address = address
                    address.port = self.port
                    return address
                }
            })
        context.flushTouched()
    }
}

extension Asker: DeadlineTarget {
    func deadlineReached(now: MonotonicTime) {
        self.questions.withLock { $0.remove(self) }
        self.answer(.failure(.tookTooLong))
    }
}
