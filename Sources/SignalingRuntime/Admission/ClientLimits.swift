import ByteStreams
import MetricsCore
import NIOConcurrencyHelpers
package import NetworkAddresses
import SignalingCore
import Synchronization
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
        /// Lists with credentials for ICE servers a minute; 0 = off.
        package var icePerMinute: Int

        package init(httpPerMinute: Int, wsPerMinute: Int, redeemFailuresPerMinute: Int, icePerMinute: Int = 0) {
            self.httpPerMinute = httpPerMinute
            self.wsPerMinute = wsPerMinute
            self.redeemFailuresPerMinute = redeemFailuresPerMinute
            self.icePerMinute = icePerMinute
        }
    }

    /// Windows freed at a time.
    package static let sweepBatch = 1024

    package let http: ClientLimit
    /// Requests of whoever has not shown who it is, where that is asked for: as many as of those who have.
    package let strangers: ClientLimit
    package let ws: ClientLimit
    package let ice: ClientLimit
    package let redeemFailures: GuessLimit

    package init(_ settings: Settings) {
        self.http = ClientLimit(limit: settings.httpPerMinute, label: .http)
        self.strangers = ClientLimit(limit: settings.httpPerMinute, label: .http)
        self.ws = ClientLimit(limit: settings.wsPerMinute, label: .ws)
        self.ice = ClientLimit(limit: settings.icePerMinute, label: .ice)
        self.redeemFailures = GuessLimit(limit: settings.redeemFailuresPerMinute)
    }

    /// Other limits from now on. What was counted stays counted.
    package func change(to settings: Settings) {
        self.http.change(limit: settings.httpPerMinute)
        self.strangers.change(limit: settings.httpPerMinute)
        self.ws.change(limit: settings.wsPerMinute)
        self.ice.change(limit: settings.icePerMinute)
        self.redeemFailures.change(limit: settings.redeemFailuresPerMinute)
    }

    /// Windows and buckets held.
    package var keyCount: Int { self.windows.reduce(self.redeemFailures.bucketCount) { $0 + $1.keyCount } }

    private var windows: [ClientLimit] { [self.http, self.strangers, self.ws, self.ice] }

    /// Frees windows that are over and buckets that are full, a batch at a time; true while there may be more.
    package func sweep(now: MonotonicTime) -> Bool {
        var isMoreLeft = false
        for limit in self.windows {
            if limit.sweep(now: now) == Self.sweepBatch { isMoreLeft = true }
        }
        return self.redeemFailures.sweep(now: now) == Self.sweepBatch || isMoreLeft
    }
}

/// One kind of limit, shared by all loops.
package final class ClientLimit: Sendable {
    private let limiter: NIOLockedValueBox<WindowLimiter>
    private let label: LimitLabel
    /// So that nobody takes a lock where nothing is limited.
    private let isOff: Synchronization.Atomic<Bool>

    init(limit: Int, label: LimitLabel) {
        self.limiter = NIOLockedValueBox(WindowLimiter(limit: limit))
        self.label = label
        self.isOff = Synchronization.Atomic(limit == 0)
    }

    func change(limit: Int) {
        self.limiter.withLockedValue { $0.change(limit: limit) }
        self.isOff.store(limit == 0, ordering: .relaxed)
    }

    /// Counts an event: the time to wait if it is one too many.
    package func admit(_ client: ClientAddress, _ loop: SignalingLoop) -> TimeSpan? {
        if self.isOff.load(ordering: .relaxed) { return nil }
        let now = loop.clock.now()
        guard case .limited(let wait) = self.limiter.withLockedValue({ $0.admit(client.limiterKey, now: now) }) else { return nil }
        loop.metrics.count { $0.rateLimited[self.label] += 1 }
        return wait
    }

    package var keyCount: Int { self.limiter.withLockedValue { $0.keyCount } }

    func sweep(now: MonotonicTime) -> Int {
        self.limiter.withLockedValue { $0.sweep(now: now, limit: ClientLimits.sweepBatch) }
    }
}
