/// A connection as the server's shutdown sees it.
package protocol DrainableConnection: AnyObject {
    /// The server is going away: say so, and take on nothing new.
    func announceDrain(reconnectAfterMilliseconds: Int)
    /// Finish, politely.
    func drain()
    /// Time is up.
    func abort()
}

/// Every open connection of one event loop.
package final class LoopConnections {
    private var connections: [ObjectIdentifier: any DrainableConnection] = [:]

    package var count: Int { self.connections.count }

    package func insert(_ connection: any DrainableConnection) { self.connections[ObjectIdentifier(connection)] = connection }
    package func remove(_ connection: any DrainableConnection) { self.connections[ObjectIdentifier(connection)] = nil }

    /// A copy: what is done to a connection may remove it.
    package var all: [any DrainableConnection] { Array(self.connections.values) }
}
