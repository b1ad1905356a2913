import ByteStreams
package import HTTPServer
import SignalingRuntime
import TimeKeeping

/// A request that waits for what somebody else has to say: a store, or whoever knows the client. Used on its loop only.
final class ReplyInLine<Reply>: DeferredResponse, DeadlineTarget {
    private let reply: LateReply<Reply>
    private let loop: SignalingLoop
    private let longestWait: TimeSpan
    private let lateness: Problem
    private let makeOutcome: (Reply) throws(Problem) -> HTTPOutcome
    private var response: LateResponse?
    private var timer: ExpiryToken?

    /// A store that is slower than this does not reply: people wait for the response, and a client that gets none cannot tell why.
    static var longestWaitForStore: TimeSpan { .seconds(3) }

    /// - Parameter lateness: What the client is told if there is no reply in time.
    init(
        _ reply: LateReply<Reply>, within longestWait: TimeSpan = ReplyInLine.longestWaitForStore, else lateness: Problem = .cannotStore,
        _ loop: SignalingLoop, _ makeOutcome: @escaping (Reply) throws(Problem) -> HTTPOutcome
    ) {
        self.reply = reply
        self.loop = loop
        self.longestWait = longestWait
        self.lateness = lateness
        self.makeOutcome = makeOutcome
    }

    func begin(_ response: LateResponse) {
        self.response = response
        self.timer = self.loop.context.timers.schedule(self, at: self.loop.clock.now() + self.longestWait)
        self.reply.then { reply in
            self.respond { () throws(Problem) in try self.makeOutcome(reply) }
        }
    }

    func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        self.reply.abandon()
        self.respond { () throws(Problem) in throw self.lateness }
    }

    /// What was begun is done in a moment, or is given up at its deadline.
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

    /// Where a room is cannot be found out.
    package static var cannotReachStore: Problem {
        .unavailable("the server cannot reach its store now; connect again later", retryAfter: 5)
    }

    /// Another server took this one for a room's home.
    package static var notHome: Problem { Problem(.misdirectedRequest, "the room is not here", closes: true) }
}
