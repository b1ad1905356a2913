package import ByteStreams
import SignalingCore

/// The parts of signaling that all event loops share, put together. Each of its users is given the parts that it needs, not this.
package struct Signaling: Sendable {
    package struct Settings: Sendable {
        package var rooms: RoomRegistry.Limits
        package var codes: CodeService.Settings
        package var limits: ClientLimits.Settings
        /// Memory for stored messages of all rooms, in bytes.
        package var maxStoredBytes: Int
        /// WebSockets open at once.
        package var maxWebSockets: Int

        package init(
            rooms: RoomRegistry.Limits, codes: CodeService.Settings, limits: ClientLimits.Settings, maxStoredBytes: Int, maxWebSockets: Int
        ) {
            self.rooms = rooms
            self.codes = codes
            self.limits = limits
            self.maxStoredBytes = maxStoredBytes
            self.maxWebSockets = maxWebSockets
        }
    }

    package let clock: ServerClock
    package let phase: ServerPhase
    package let rooms: RoomRegistry
    package let codes: CodeService
    package let limits: ClientLimits
    package let rendezvous: Rendezvous
    package let admission: Admission
    package let metrics: SignalingMetrics

    package init(
        _ settings: Settings, clock: ServerClock, random: RandomSource = .system, mailboxSeed: UInt64 = .random(in: 0...(.max)),
        observer: (any RoomObserver)? = nil
    ) {
        self.clock = clock
        let phase = ServerPhase()
        self.phase = phase
        self.rooms = RoomRegistry(
            limits: settings.rooms, totals: RoomTotals(maxStoredBytes: settings.maxStoredBytes), mailboxSeed: mailboxSeed,
            observer: observer)
        self.codes = CodeService(settings: settings.codes, random: random)
        self.limits = ClientLimits(settings.limits)
        self.rendezvous = Rendezvous(codes: self.codes, limits: self.limits, phase: phase)
        self.admission = Admission(limit: settings.maxWebSockets, limits: self.limits, phase: phase)
        self.metrics = SignalingMetrics(startedAt: clock.unixSeconds())
    }

    /// What signaling keeps on this loop. Called on it.
    package func loop(_ context: LoopContext) -> SignalingLoop {
        context.local { SignalingLoop($0, metrics: self.metrics.makeShard(), observer: self.rooms.observer) }
    }

    package var janitor: Janitor { Janitor(codes: self.codes, limits: self.limits, rooms: self.rooms) }
}
