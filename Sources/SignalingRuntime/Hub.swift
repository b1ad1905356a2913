package import SignalingCore
import Synchronization

/// What the whole server shares: rooms, codes, limits, counts and whether it takes on work.
package final class Hub: Sendable {
    package struct Settings: Sendable {
        package var rooms: RoomRegistry.Limits
        package var codes: CodeService.Settings
        package var limits: ClientLimits.Settings
        package var maxStoredBytes: Int

        package init(
            rooms: RoomRegistry.Limits, codes: CodeService.Settings, limits: ClientLimits.Settings, maxStoredBytes: Int
        ) {
            self.rooms = rooms
            self.codes = codes
            self.limits = limits
            self.maxStoredBytes = maxStoredBytes
        }
    }

    package enum Phase: UInt8, AtomicRepresentable, Sendable { case starting, ready, draining }

    package let clock: ServerClock
    package let rooms: RoomRegistry
    package let codes: CodeService
    package let limits: ClientLimits
    package let connections: ConnectionCount
    private let shards: [MetricsShard]
    private let currentPhase = Atomic<Phase>(.starting)
    private let startedAt: Double
    private let lastConnection = Atomic<UInt64>(0)

    /// `loops` is the number of event loops, each of which counts for itself.
    package init(
        settings: Settings, maxConnections: ConnectionCount.Limits, loops: Int, clock: ServerClock, random: RandomSource = .system,
        mailboxSeed: UInt64 = .random(in: 0...(.max))
    ) {
        self.clock = clock
        self.rooms = RoomRegistry(
            limits: settings.rooms, totals: RoomTotals(maxStoredBytes: settings.maxStoredBytes), mailboxSeed: mailboxSeed)
        self.codes = CodeService(settings: settings.codes, random: random)
        self.limits = ClientLimits(settings.limits)
        self.connections = ConnectionCount(maxConnections)
        self.shards = (0..<loops).map { _ in MetricsShard() }
        self.startedAt = clock.unixSeconds()
    }

    package var phase: Phase {
        get { self.currentPhase.load(ordering: .acquiring) }
        set { self.currentPhase.store(newValue, ordering: .releasing) }
    }

    package func metricsShard(loop: Int) -> MetricsShard { self.shards[loop] }

    package func nextConnectionID() -> ConnectionID {
        ConnectionID(self.lastConnection.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    /// All loops' counts together.
    package var counts: MetricCounts {
        var sum = MetricCounts()
        for shard in self.shards { sum.add(shard.snapshot) }
        return sum
    }

    package func metricsPage(version: String, droppedLogLines: Int) -> String {
        MetricsPage(
            counts: self.counts, rooms: self.rooms.totals.snapshot, codes: self.codes.gauges(now: self.clock.now()),
            limiterKeys: self.limits.keyCount, openConnections: self.connections.open,
            openWebSockets: self.connections.openWebSockets, droppedLogLines: droppedLogLines, version: version,
            startedAt: self.startedAt, process: .read()
        ).render()
    }
}
