package import NIOCore

/// What carries a server's connections: event loops, and a listener.
package protocol Transport: Sendable {
    /// Runs something on the first loop: what the server as a whole has to do now and then. Throws `LoopHasEnded` after `stop`.
    func onFirst(_ body: @escaping @Sendable (LoopContext) -> Void) async throws

    /// Runs something on every loop, with what the connections of that loop share, and waits for all. Throws `LoopHasEnded` after `stop`.
    func onEach(_ body: @escaping @Sendable (LoopContext) -> Void) async throws

    /// Accepts the connections of a socket, which is the transport's from now on, and gives every one a driver.
    func listen(on socket: ListeningSocket, makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver) async throws

    /// Accepts no more, and closes the socket; connections live on. Clients that nobody has accepted are cut off, unless another process has
    /// the socket too. May be called again.
    func closeListener() async

    /// Ends the loops, and the connections that are left, whose drivers have heard of it when this returns. May be called again.
    func stop() async
}

extension Transport {
    /// Listens at an address. The result is that address, with the port that the system chose if it was 0.
    package func listen(
        on address: SocketAddress, makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver
    ) async throws -> SocketAddress {
        let socket = try ListeningSocket.open(address)
        let bound = try socket.address()
        try await self.listen(on: socket, makeDriver: makeDriver)
        return bound
    }
}

/// Work was given to loops that take none any more.
package struct LoopHasEnded: Error {
    package init() {}
}

/// How a transport is set up.
package struct TransportSettings: Sendable {
    package var loops: Int
    package var clock: ServerClock
    package var accepting: AcceptPolicy
    /// Bytes up to which writes are gathered.
    package var gatherSize: Int
    /// What a connection's first read has space for, in bytes.
    package var firstRead: Int
    /// How accepted connections begin; nil if with their own bytes.
    package var proxyHeaders: ProxyHeaders?

    package init(
        loops: Int, clock: ServerClock = .system, accepting: AcceptPolicy, gatherSize: Int = 4096, firstRead: Int = 4096,
        proxyHeaders: ProxyHeaders? = nil
    ) {
        self.proxyHeaders = proxyHeaders
        self.loops = loops
        self.clock = clock
        self.accepting = accepting
        self.gatherSize = gatherSize
        self.firstRead = firstRead
    }
}
