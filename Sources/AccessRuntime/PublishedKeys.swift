package import AccessCore
package import ByteStreams
package import Logging
import NIOConcurrencyHelpers
package import OutgoingHTTP
import SignalingRuntime
package import TimeKeeping

/// A JWK Set that somebody publishes, fetched again when it is old or lacks a key.
package final class PublishedKeys: Sendable {
    private struct Waiter: Sendable {
        let post: LoopPost
        let reply: LateReply<Bool>
    }

    private struct State: Sendable {
        var keys = KeySet()
        var refresh = KeyRefresh()
        var waiters: [Waiter] = []
    }

    /// What becomes of the wish for newer keys.
    enum Newer {
        /// Whether there are any keys then.
        case later(LateReply<Bool>)
        /// They were fetched a moment ago, or could not be.
        case notNow(hasKeys: Bool)
    }

    /// Who waits for the same fetch.
    static let mostWaiting = 1024
    /// Whoever waits for a fetch waits no longer than for a webhook.
    static let longestWait = Webhook.longestWait

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

    /// Those of the last fetch that went well. If they are old a fetch begins.
    var keys: KeySet {
        let now = self.clock.now()
        let (keys, isDue) = self.state.withLockedValue { ($0.keys, $0.refresh.isDue(now: now) && $0.refresh.begin(now: now)) }
        if isDue { self.fetch() }
        return keys
    }

    /// Fetches them, so that the first client need not wait.
    package func begin() { _ = self.keys }

    /// Newer ones than `keys`.
    func newer(_ loop: SignalingLoop) -> Newer {
        let now = self.clock.now()
        let waiter = Waiter(post: loop.post, reply: LateReply())
        let (outcome, begins): (Newer, Bool) = self.state.withLockedValue { state in
            let begins = state.refresh.begin(now: now)
            guard begins || state.refresh.isUnderWay, state.waiters.count < Self.mostWaiting else {
                return (.notNow(hasKeys: state.keys.count > 0), begins)
            }
            state.waiters.append(waiter)
            return (.later(waiter.reply), begins)
        }
        if begins { self.fetch() }
        return outcome
    }

    private func fetch() {
        Task {
            let fetched = await self.fetched()
            let now = self.clock.now()
            let (waiters, hasKeys) = self.state.withLockedValue { state in
                if let fetched { state.keys = fetched }
                state.refresh.ended(hasKeys: fetched != nil, now: now)
                defer { state.waiters = [] }
                return (state.waiters, state.keys.count > 0)
            }
            for waiter in waiters { waiter.post.run { _ in waiter.reply.resolve(hasKeys) } }
        }
    }

    /// Nil if that did not go well; then those from before are used on.
    private func fetched() async -> KeySet? {
        do throws(OutgoingError) {
            return try await Self.fetch(from: self.url, self.http, within: Self.longestWait)
        } catch {
            self.logger.warning("cannot fetch the keys of AUTH_JWKS", metadata: ["reason": "\(error.reason)"])
            return nil
        }
    }

    /// Fetches them once; the error says why there are none.
    package static func fetch(from url: String, _ http: any HTTPFetching, within limit: TimeSpan) async throws(OutgoingError) -> KeySet {
        let response = try await http.fetch(
            OutgoingRequest(.get, url, headers: [("Accept", "application/json")], timeout: limit, largestBody: KeySet.longestText))
        guard response.status == 200 else { throw OutgoingError("status \(response.status)") }
        do throws(KeySet.Fault) { return try KeySet(jwks: response.body) } catch { throw OutgoingError(error.reason) }
    }
}
