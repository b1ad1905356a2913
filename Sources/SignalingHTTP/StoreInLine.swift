import ByteStreams
import HTTPServer
import SignalingRuntime
import TimeKeeping

/// A request that waits for what a store has to say. Used on its loop only.
final class StoreInLine<Reply>: DeferredResponse, DeadlineTarget {
    private let reply: LateReply<Reply>
    private let loop: SignalingLoop
    private let otherwise: Problem
    private let abandoned: () -> Void
    private let makeOutcome: (Reply) throws(Problem) -> HTTPOutcome
    private var response: LateResponse?
    private var timer: ExpiryToken?

    /// A store that is slower than this does not reply: people wait for the response, and a client that gets none cannot tell why.
    static var longestWait: TimeSpan { .seconds(3) }

    /// - Parameters:
    ///   - otherwise: The response where the store does not reply.
    ///   - abandoned: Called instead of `makeOutcome` where it does not, and where the client leaves before it does.
    init(
        _ reply: LateReply<Reply>, _ loop: SignalingLoop, otherwise: Problem = .cannotStore, abandoned: @escaping () -> Void = {},
        _ makeOutcome: @escaping (Reply) throws(Problem) -> HTTPOutcome
    ) {
        self.reply = reply
        self.loop = loop
        self.otherwise = otherwise
        self.abandoned = abandoned
        self.makeOutcome = makeOutcome
    }

    func begin(_ response: LateResponse) {
        self.response = response
        self.timer = self.loop.context.timers.schedule(self, at: self.loop.clock.now() + Self.longestWait)
        self.reply.then { reply in
            self.respond { () throws(Problem) in try self.makeOutcome(reply) }
        }
    }

    func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        self.reply.abandon()
        self.abandoned()
        self.respond { () throws(Problem) in throw self.otherwise }
    }

    /// What the store has begun is done in a moment, or is given up at its deadline.
    func hurry() {}

    func cancelled() {
        self.reply.abandon()
        self.abandoned()
        self.response = nil
        self.stopTimer()
    }

    private func stopTimer() {
        if let timer = self.timer.take() { self.loop.context.timers.cancel(timer) }
    }

    private func respond(_ outcome: () throws(Problem) -> HTTPOutcome) {
        self.stopTimer()
        self.response.take()?.respond(with: outcome)
    }
}

extension LateResponse {
    /// Gives the response, or the problem that stands in its way.
    func respond(with outcome: () throws(Problem) -> HTTPOutcome) {
        do throws(Problem) {
            self.respond(try outcome())
        } catch {
            self.respond(.respond(error.response))
        }
    }
}

extension Problem {
    /// The store cannot be written, or does not reply.
    static var cannotStore: Problem { .unavailable("the server cannot store anything now; try again later", retryAfter: 5) }

    /// What is kept of a room cannot be asked for.
    static var cannotReachStore: Problem { .unavailable("the server cannot reach its store now; connect again later", retryAfter: 5) }
}
