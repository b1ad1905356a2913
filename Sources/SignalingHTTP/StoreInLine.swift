import ByteStreams
import HTTPServer
import SignalingRuntime
import TimeKeeping

/// A request that a store has to confirm before its response is given. Used on its loop only.
final class StoreInLine<Reply>: DeferredResponse, DeadlineTarget {
    private let reply: LateReply<Reply>
    private let loop: SignalingLoop
    private let makeOutcome: (Reply) throws(Problem) -> HTTPOutcome
    private var response: LateResponse?
    private var timer: ExpiryToken?

    /// A store that is slower than this does not reply: people wait for the response, and a client that gets none cannot tell why.
    static var longestWait: TimeSpan { .seconds(3) }

    init(_ reply: LateReply<Reply>, _ loop: SignalingLoop, _ makeOutcome: @escaping (Reply) throws(Problem) -> HTTPOutcome) {
        self.reply = reply
        self.loop = loop
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
        self.respond { () throws(Problem) in throw .cannotStore }
    }

    /// What the store has begun is done in a moment, or is given up at its deadline.
    func hurry() {}

    func cancelled() {
        self.reply.abandon()
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
}
