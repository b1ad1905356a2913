package import FairShares
package import NetworkAddresses

/// A connection as the server sees it that ends, or needs its place.
package protocol DrainableConnection: AnyObject {
    /// Its place among the connections of its loop, which is theirs to set.
    var place: ConnectionPlace { get set }

    /// The server is going away: say so, and take on nothing new.
    func announceDrain(reconnectAfterMilliseconds: Int)
    /// Finish, politely.
    func drain()
    /// Time is up.
    func abort()
    /// Which other server it is passed by, or passed to; nil for one that is between a client and this server alone.
    var passing: Passing? { get }
    /// Whether it can be closed to make space for another; nil if it cannot.
    var expendability: Expendability? { get }
    /// Ends, for that.
    func giveUpPlace()
}

extension DrainableConnection {
    package var passing: Passing? { nil }
    package var expendability: Expendability? { nil }
    package func giveUpPlace() {}
}

/// The other server of a connection that is passed on.
package enum Passing: Sendable, Equatable {
    /// The client is connected to the server of this number, which passes it here.
    case by(UInt64)
    /// The client is connected here, and passed to the server at this address.
    case to(String)
}

/// What is lost if a connection is closed to make space for another.
package enum Expendability: Sendable, Equatable {
    /// Nothing: its client waits for nothing.
    case idle(ClientAddress)
    /// The response that its client waits for.
    case waiting(ClientAddress)
}

/// Where a connection is among those of its loop.
package struct ConnectionPlace {
    fileprivate var index: UInt32?

    package init() {}
}

/// Every open connection of one event loop. Connections know their places, so that coming and going costs no look-up.
package final class LoopConnections {
    private var connections: ContiguousArray<any DrainableConnection> = []
    /// From `announceDrain` on: what newcomers are told too.
    private var reconnectDelays: ClosedRange<Int>?
    private var isDraining = false
    /// Where to look next for a connection that nobody needs.
    private var nextLook = 0

    package var count: Int { self.connections.count }

    /// A connection that was upgraded just before the shutdown can come from another loop when this one's have been told: it is
    /// told as it comes.
    package func insert(_ connection: any DrainableConnection) {
        connection.place.index = UInt32(self.connections.count)
        self.connections.append(connection)
        if let delays = self.reconnectDelays { connection.announceDrain(reconnectAfterMilliseconds: .random(in: delays)) }
        if self.isDraining { connection.drain() }
    }

    package func remove(_ connection: any DrainableConnection) {
        guard let index = connection.place.index.map(Int.init) else { return }
        connection.place.index = nil
        let last = self.connections.removeLast()
        if index < self.connections.count {
            self.connections[index] = last
            last.place.index = UInt32(index)
        }
        // What a crowd needed is given back when it has gone.
        if self.connections.capacity > 64, self.connections.count * 4 < self.connections.capacity {
            var smaller: ContiguousArray<any DrainableConnection> = []
            smaller.reserveCapacity(self.connections.count * 2)
            smaller += self.connections
            self.connections = smaller
        }
    }

    // MARK: - Making space

    /// Connections looked at for one that nobody needs.
    private static let mostLooks = 256

    /// Ends the connection that is missed least: an idle one rather than one that waits, and of those one of whoever holds most. False where
    /// none was found.
    package func makeSpace(_ shares: ClientShares) -> Bool {
        var best: (connection: any DrainableConnection, isIdle: Bool, held: Int)?
        for _ in 0..<min(Self.mostLooks, self.connections.count) {
            self.nextLook = self.nextLook + 1 < self.connections.count ? self.nextLook + 1 : 0
            let connection = self.connections[self.nextLook]
            let (isIdle, client): (Bool, ClientAddress)
            switch connection.expendability {
            case .idle(let address): (isIdle, client) = (true, address)
            case .waiting(let address): (isIdle, client) = (false, address)
            case nil: continue
            }
            // Those of a proxy are kept: it may send the next request on any of them.
            let held = shares.held(.connections, by: client)
            guard held > 0 else { continue }
            if let best, (best.isIdle ? 1 : 0, best.held) >= (isIdle ? 1 : 0, held) { continue }
            best = (connection, isIdle, held)
        }
        best?.connection.giveUpPlace()
        return best != nil
    }

    // MARK: - Shutdown

    /// Each is told a time of its own, so that they do not all come back at once.
    package func announceDrain(reconnectAfterMilliseconds delays: ClosedRange<Int>) {
        self.reconnectDelays = delays
        for connection in self.all { connection.announceDrain(reconnectAfterMilliseconds: .random(in: delays)) }
    }

    /// After `announceDrain`.
    package func drain() {
        self.isDraining = true
        for connection in self.all { connection.drain() }
    }

    package func abort() {
        for connection in self.all { connection.abort() }
    }

    /// A copy: what is done to a connection may remove it.
    package var all: [any DrainableConnection] { Array(self.connections) }
}
