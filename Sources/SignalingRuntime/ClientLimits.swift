import NIOConcurrencyHelpers
package import NetworkAddresses
import SignalingCore
package import TimeKeeping

/// The limits by client address, one table a kind.
package final class ClientLimits: Sendable {
    package struct Settings: Sendable {
        /// Requests a minute to /rendezvous/*; 0 = off.
        package var httpPerMinute: Int
        /// Upgrade requests a minute; 0 = off.
        package var wsPerMinute: Int
        /// Failed redeem requests a minute; 0 = off.
        package var redeemFailuresPerMinute: Int

        package init(httpPerMinute: Int, wsPerMinute: Int, redeemFailuresPerMinute: Int) {
            self.httpPerMinute = httpPerMinute
            self.wsPerMinute = wsPerMinute
            self.redeemFailuresPerMinute = redeemFailuresPerMinute
        }
    }

    /// Windows freed at a time.
    package static let sweepBatch = 1024

    package let http: ClientLimit
    package let ws: ClientLimit
    package let redeemFailures: ClientLimit

    package init(_ settings: Settings) {
        self.http = ClientLimit(limit: settings.httpPerMinute, label: .http)
        self.ws = ClientLimit(limit: settings.wsPerMinute, label: .ws)
        self.redeemFailures = ClientLimit(limit: settings.redeemFailuresPerMinute, label: .redeem)
    }

    /// Windows held.
    package var keyCount: Int { self.http.keyCount + self.ws.keyCount + self.redeemFailures.keyCount }

    /// Frees windows that are over, a batch at a time; true while there may be more.
    package func sweep(now: MonotonicTime) -> Bool {
        var isMoreLeft = false
        for limit in [self.http, self.ws, self.redeemFailures] {
            if limit.sweep(now: now) == Self.sweepBatch { isMoreLeft = true }
        }
        return isMoreLeft
    }
}

/// One kind of limit, shared by all loops.
package final class ClientLimit: Sendable {
    private let limiter: NIOLockedValueBox<WindowLimiter>
    private let label: LimitLabel
    private let isOff: Bool

    init(limit: Int, label: LimitLabel) {
        self.limiter = NIOLockedValueBox(WindowLimiter(limit: limit))
        self.label = label
        self.isOff = limit == 0
    }

    /// Counts an event: the time to wait if it is one too many.
    package func admit(_ client: ClientAddress, _ context: LoopContext) -> TimeSpan? {
        self.ask(context) { $0.admit(client.limiterKey, now: $1) }
    }

    /// The time to wait, if the client has used up its events; counts nothing.
    package func check(_ client: ClientAddress, _ context: LoopContext) -> TimeSpan? {
        self.ask(context) { $0.check(client.limiterKey, now: $1) }
    }

    /// Counts an event that `check` let pass.
    package func record(_ client: ClientAddress, _ context: LoopContext) {
        if self.isOff { return }
        self.limiter.withLockedValue { $0.record(client.limiterKey, now: context.clock.now()) }
    }

    package var keyCount: Int { self.limiter.withLockedValue { $0.keyCount } }

    func sweep(now: MonotonicTime) -> Int {
        self.isOff ? 0 : self.limiter.withLockedValue { $0.sweep(now: now, limit: ClientLimits.sweepBatch) }
    }

    private func ask(_ context: LoopContext, _ question: (inout WindowLimiter, MonotonicTime) -> WindowLimiter.Verdict) -> TimeSpan? {
        if self.isOff { return nil }
        let now = context.clock.now()
        guard case .limited(let wait) = self.limiter.withLockedValue({ question(&$0, now) }) else { return nil }
        context.metrics.count { $0.rateLimited[self.label] += 1 }
        return wait
    }
}
