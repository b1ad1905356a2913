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
    /// Ends, if it is this network's, and nobody waits for anything that it does.
    func giveUpPlace(to network: ClientPrefix) -> Bool
}

extension DrainableConnection {
    package func giveUpPlace(to network: ClientPrefix) -> Bool { false }
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
    private static let mostLooks = 1024

    /// Ends a connection of this network that nobody needs; false where none was found.
    package func makeSpace(from network: ClientPrefix) -> Bool {
        for _ in 0..<min(Self.mostLooks, self.connections.count) {
            self.nextLook = self.nextLook + 1 < self.connections.count ? self.nextLook + 1 : 0
            if self.connections[self.nextLook].giveUpPlace(to: network) { return true }
        }
        return false
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
