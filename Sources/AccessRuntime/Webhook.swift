import AccessCore
package import ByteStreams
package import Logging
import NIOConcurrencyHelpers
package import OutgoingHTTP
import SignalingCore
import SignalingRuntime
package import TimeKeeping

/// Asks somebody else's program who may.
package final class Webhook: Sendable {
    private struct Waiter: Sendable {
        let request: AccessControl.Request
        let post: LoopPost
        let reply: LateReply<AccessControl.Answer>
        let until: MonotonicTime
    }

    private struct State: Sendable {
        var line = WebhookLine<LimiterKey, Waiter>(
            mostAsked: Webhook.mostAsked, mostWaiting: Webhook.mostWaiting, mostOfClient: Webhook.mostOfClient)
        var warned: MonotonicTime?
    }

    /// An answer that takes longer is none: people wait for it.
    package static let longestWait = TimeSpan.seconds(2)
    package static let mostAsked = 64
    package static let mostWaiting = 512
    package static let mostOfClient = 64
    /// Between two lines in the log about what it does wrong.
    private static let quietTime = TimeSpan.minutes(1)

    private let url: String
    private let http: any HTTPFetching
    private let clock: ServerClock
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    package init(url: String, http: any HTTPFetching, clock: ServerClock, logger: Logger) {
        self.url = url
        self.http = http
        self.clock = clock
        self.logger = logger
    }

    /// Nil if too many are asked about already.
    func ask(_ request: AccessControl.Request, _ loop: SignalingLoop) -> LateReply<AccessControl.Answer>? {
        let reply = LateReply<AccessControl.Answer>()
        let waiter = Waiter(request: request, post: loop.post, reply: reply, until: self.clock.now() + Self.longestWait)
        switch self.state.withLockedValue({ $0.line.take(request.question.client.limiterKey, waiter) }) {
        case .refused: return nil
        case .waits: break
        case .now: Task { await self.ask(waiter) }
        }
        return reply
    }

    /// Asks about one, and about those whose turn comes by that.
    private func ask(_ first: Waiter) async {
        var next: Waiter? = first
        while let waiter = next {
            let answer = await self.answer(to: waiter)
            waiter.post.run { _ in waiter.reply.resolve(answer) }
            next = self.state.withLockedValue { $0.line.ended(waiter.request.question.client.limiterKey)?.item }
        }
    }

    private func answer(to waiter: Waiter) async -> AccessControl.Answer {
        let left = waiter.until - self.clock.now()
        guard left.nanoseconds > 0 else { return .unavailable }
        var headers = [(name: "Content-Type", value: "application/json"), (name: "Accept", value: "application/json")]
        if case .value(let value) = waiter.request.authorization {
            headers.append(("Authorization", String(decoding: value, as: UTF8.self)))
        }
        let verdict: WebhookVerdict
        do {
            let response = try await self.http.fetch(
                OutgoingRequest(
                    .post, self.url, headers: headers, body: waiter.request.question.body, timeout: left,
                    largestBody: WebhookVerdict.longestBody))
            verdict = WebhookVerdict(status: response.status, body: response.body)
        } catch {
            verdict = .unusable(error.reason)
        }
        switch verdict {
        case .admitted(let subject, let life): return .admitted(subject, longestLife: life)
        case .refused(let refusal): return .refused(refusal)
        case .unusable(let reason):
            self.warn(reason)
            return .unavailable
        }
    }

    private func warn(_ reason: String) {
        let now = self.clock.now()
        let isDue = self.state.withLockedValue { state in
            if let warned = state.warned, now - warned < Self.quietTime { return false }
            state.warned = now
            return true
        }
        if isDue { self.logger.warning("AUTH_WEBHOOK_URL does not answer as it should", metadata: ["reason": "\(reason)"]) }
    }
}
