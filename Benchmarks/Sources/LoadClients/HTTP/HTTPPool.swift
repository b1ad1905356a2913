package import NIOCore

/// Kept-alive connections that several clients share, one request at a time on each.
package final class HTTPPool {
    private let loop: LoadLoop
    private let address: SocketAddress
    private var free: [HTTPConnection] = []
    private var isClosed = false

    package init(loop: LoadLoop, address: SocketAddress) {
        self.loop = loop
        self.address = address
    }

    package nonisolated(nonsending) func ask(_ request: HTTPRequest) async throws(LoadFailure) -> HTTPConnection.Response {
        let connection = try await self.connection()
        let response = try await connection.ask(request)
        if self.isClosed || !connection.isOpen { connection.drop() } else { self.free.append(connection) }
        return response
    }

    private nonisolated(nonsending) func connection() async throws(LoadFailure) -> HTTPConnection {
        while let connection = self.free.popLast() {
            // The server ends one that was idle for long.
            if connection.isOpen { return connection }
        }
        let connection = HTTPConnection(loop: self.loop)
        try await connection.open(self.address)
        return connection
    }

    package nonisolated(nonsending) func close() async throws(LoadFailure) {
        self.isClosed = true
        for connection in self.free { try await connection.close() }
        self.free = []
    }
}
