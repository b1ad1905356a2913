/// What a node asks the engine to do: each is one Lua script, so that it happens whole or not at all, whoever else is asking.
///
/// What holds for all of them:
/// - Time is the engine's alone. What has an end keeps it as a number, which the scripts compare with the engine's clock; the expiry of keys
///   only clears away what nobody asks for any more.
/// - A script that comes twice does once what it does: a node repeats it when a connection broke before the reply.
/// - All keys of a script have the same hash tag.
package enum EngineScript: String, Sendable, CaseIterable {
    // Codes
    case mint, redeem, free, giveBack, clearEnded
    // Rooms
    case claim, look, store, acknowledge, stand, keep, release, adopt
    // Nodes
    case enter, renew, lease, notify, leave, probe

    /// As the engine is given it.
    package var source: String { self.source(clock: Self.engineClock) }

    /// With another clock than the engine's: for tests.
    package func source(clock: String) -> String {
        ((self.runsInFullEngine ? ["#!lua flags=allow-oom"] : []) + [clock] + self.parts).joined(separator: "\n")
    }

    /// Whether an engine that is at its `maxmemory` is to run it all the same. These give memory back, or take none to speak of: without them
    /// a full engine would cost every node its lease, and could not be emptied.
    private var runsInFullEngine: Bool {
        switch self {
        case .free, .clearEnded, .release, .acknowledge, .enter, .renew, .leave: true
        case .mint, .redeem, .giveBack, .claim, .look, .store, .stand, .keep, .adopt, .lease, .notify, .probe: false
        }
    }

    private var parts: [String] {
        switch self {
        case .mint: [Self.codesPrelude, Self.mintSource]
        case .redeem: [Self.codesPrelude, Self.redeemSource]
        case .free: [Self.codesPrelude, Self.freeSource]
        case .giveBack: [Self.codesPrelude, Self.giveBackSource]
        case .clearEnded: [Self.codesPrelude, Self.clearEndedSource]
        case .claim: [Self.roomsPrelude, Self.claimSource]
        case .look: [Self.roomsPrelude, Self.lookSource]
        case .store: [Self.roomsPrelude, Self.storeSource]
        case .acknowledge: [Self.roomsPrelude, Self.acknowledgeSource]
        case .stand: [Self.roomsPrelude, Self.standSource]
        case .keep: [Self.roomsPrelude, Self.keepSource]
        case .release: [Self.roomsPrelude, Self.releaseSource]
        case .adopt: [Self.roomsPrelude, Self.adoptSource]
        case .enter: [Self.nodesPrelude, Self.enterSource]
        case .renew: [Self.nodesPrelude, Self.renewSource]
        case .lease: [Self.nodesPrelude, Self.leaseSource]
        case .notify: [Self.nodesPrelude, Self.notifySource]
        case .leave: [Self.nodesPrelude, Self.leaveSource]
        case .probe: [Self.nodesPrelude, Self.probeSource]
        }
    }

    /// `now` is in milliseconds since 1970 UTC.
    static let engineClock = """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
        """
}
