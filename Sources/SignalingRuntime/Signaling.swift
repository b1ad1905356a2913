package import ByteStreams
package import FairShares
package import NetworkAddresses
package import SignalingCore

/// The parts of signaling that all event loops share, put together. Each of its users is given the parts that it needs, not this.
package struct Signaling: Sendable {
    package struct Settings: Sendable {
        package var rooms: RoomRegistry.Limits
        package var codes: CodeService.Settings
        package var limits: ClientLimits.Settings
        package var bounds: Bounds
        /// Who may ask for a side.
        package var access: SideAccess
        package var ice: ICEServers.Settings

        package init(
            rooms: RoomRegistry.Limits, codes: CodeService.Settings, limits: ClientLimits.Settings, bounds: Bounds, access: SideAccess,
            ice: ICEServers.Settings = .init()
        ) {
            self.rooms = rooms
            self.codes = codes
            self.limits = limits
            self.bounds = bounds
            self.access = access
            self.ice = ice
        }
    }

    /// How much there is of what all clients share.
    package struct Bounds: Sendable {
        /// Connections of any kind that clients may hold open.
        package var connections: Int
        package var webSockets: Int
        /// Rooms at once, connected or kept for their mailboxes.
        package var rooms: Int
        /// Bytes of stored messages of all rooms; of unfinished messages; and of output that waits. Each may take as much.
        package var memory: Int
        /// Connections, and WebSockets, that one client may hold; 0: its share is all that limits it.
        package var clientConnections: Int
        /// Live codes that one client may have; 0: its share is all that limits it.
        package var clientCodes: Int
        /// What comes through these without the name of a client is nobody's.
        package var proxies: TrustedProxies

        package init(
            connections: Int, webSockets: Int, rooms: Int, memory: Int, clientConnections: Int = 0, clientCodes: Int = 0,
            proxies: TrustedProxies = TrustedProxies(blocks: [])
        ) {
            self.connections = connections
            self.webSockets = webSockets
            self.rooms = rooms
            self.memory = memory
            self.clientConnections = clientConnections
            self.clientCodes = clientCodes
            self.proxies = proxies
        }

        fileprivate func most(codes: CodeService.Settings) -> [SharedResource: Int] {
            [
                .connections: self.connections, .webSockets: self.webSockets, .rooms: self.rooms, .storedBytes: self.memory,
                .unfinishedBytes: self.memory, .outputBytes: self.memory, .codes: codes.mostLive,
            ]
        }

        fileprivate var caps: [SharedResource: Int] {
            [.connections: self.clientConnections, .webSockets: self.clientConnections, .codes: self.clientCodes]
        }
    }

    package let clock: ServerClock
    package let phase: ServerPhase
    package let shares: ClientShares
    package let rooms: RoomRegistry
    package let codes: any CodePlace
    package let limits: ClientLimits
    package let rendezvous: Rendezvous
    package let admission: Admission
    package let access: SideAccess
    package let ice: ICEServers
    package let metrics: SignalingMetrics
    private let ownCodes: CodeService?
    private let codeSettings: CodeService.Settings
    /// What has to outlive the process is written down by it; nil where nothing does, and where others share it.
    package let journal: Journal?

    package init(
        _ settings: Settings, clock: ServerClock, random: RandomSource = .system, mailboxSeed: UInt64 = .random(in: 0...(.max)),
        observer: (any RoomObserver)? = nil, journal: Journal? = nil, shared: SharedState? = nil
    ) {
        self.journal = journal
        self.clock = clock
        let phase = ServerPhase()
        self.phase = phase
        let shares = ClientShares(
            ShareBook(bounds: settings.bounds.most(codes: settings.codes), caps: settings.bounds.caps), proxies: settings.bounds.proxies)
        self.codeSettings = settings.codes
        self.shares = shares
        self.rooms = RoomRegistry(
            limits: settings.rooms, totals: RoomTotals(shares), mailboxSeed: mailboxSeed, observer: observer,
            journal: shared?.journal ?? journal)
        self.limits = ClientLimits(settings.limits)
        if let shared {
            self.ownCodes = nil
            self.codes = shared.makeCodes(self.limits)
        } else {
            let own = CodeService(settings: settings.codes, shares: shares, random: random, journal: journal)
            self.ownCodes = own
            self.codes = own
        }
        self.rendezvous = Rendezvous(codes: self.codes, limits: self.limits, phase: phase)
        self.admission = Admission(shares: shares, limits: self.limits, phase: phase)
        self.access = settings.access
        self.ice = ICEServers(settings.ice, limit: self.limits.ice)
        self.metrics = SignalingMetrics(startedAt: clock.unixSeconds())
    }

    /// Takes over what the process before had, before the first client comes. The result is how many of its codes this server cannot have,
    /// as its settings allow other lengths or fewer codes.
    package func adopt(_ state: StoredState) -> Int {
        self.rooms.adopt(state.rooms, clock: self.clock)
        return self.ownCodes?.adopt(state.codes, state.redemptions, clock: self.clock) ?? 0
    }

    /// Other limits and bounds from now on; of the bounds, `proxies` stay as they are.
    package func change(limits: ClientLimits.Settings, bounds: Bounds) {
        self.limits.change(to: limits)
        self.shares.change(bounds: bounds.most(codes: self.codeSettings), caps: bounds.caps)
        self.codes.change(cap: bounds.clientCodes)
    }

    /// What signaling keeps on this loop. Called on it.
    package func loop(_ context: LoopContext) -> SignalingLoop {
        context.local { SignalingLoop($0, metrics: self.metrics.makeShard(), observer: self.rooms.observer) }
    }

    package var janitor: Janitor { Janitor(codes: self.codes, limits: self.limits, rooms: self.rooms) }
}
