package import NIOCore

/// What all clients of one event loop share: the clock, waits with a time limit, and writes gathered until the loop's next round, so
/// that a client which sends ten frames in one go writes once.
///
/// Everything is used on the loop alone; nothing here is locked.
package final class LoadLoop {
    package let eventLoop: any EventLoop
    private var touched: [any Flushable] = []
    private var waits: [ObjectIdentifier: Signal] = [:]
    private var isWatching = false
    private var seeds = SplitMix64(seed: 1)

    /// How often overdue waits are looked for: a limit may be passed by this much.
    private static let watchInterval = TimeAmount.milliseconds(100)

    package init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    package var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    func nextSeed() -> UInt64 { self.seeds.next() }

    // MARK: - Time

    /// Runs `body` on the loop after a while.
    package func after(_ delay: TimeAmount, _ body: @escaping () -> Void) {
        _ = self.eventLoop.assumeIsolated().scheduleTask(in: delay, body)
    }

    /// Suspends for a while.
    package nonisolated(nonsending) func pause(_ delay: TimeAmount) async {
        await withCheckedContinuation { continuation in self.after(delay) { continuation.resume() } }
    }

    // MARK: - Gathered writes

    func touch(_ client: any Flushable) {
        if self.touched.isEmpty { self.eventLoop.assumeIsolated().execute { self.flush() } }
        self.touched.append(client)
    }

    private func flush() {
        let clients = self.touched
        self.touched.removeAll(keepingCapacity: clients.count <= 4096)
        for client in clients { client.flush() }
    }

    // MARK: - Waits

    func watch(_ signal: Signal) {
        self.waits[ObjectIdentifier(signal)] = signal
        if !self.isWatching {
            self.isWatching = true
            self.after(Self.watchInterval) { self.expireWaits() }
        }
    }

    func unwatch(_ signal: Signal) { self.waits[ObjectIdentifier(signal)] = nil }

    private func expireWaits() {
        let now = self.now
        for signal in self.waits.values.filter({ $0.deadline <= now }) { signal.expire() }
        self.isWatching = !self.waits.isEmpty
        if self.isWatching { self.after(Self.watchInterval) { self.expireWaits() } }
    }
}

/// Something with writes to send at the end of the loop's round.
protocol Flushable: AnyObject {
    func flush()
}
