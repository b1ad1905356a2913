extension SocketClient {
    /// Sends a request and reads its response; the connection stays open if the server lets it.
    package func request(_ ask: HTTPAsk) async throws -> HTTPReply {
        try await self.send(ask.text)
        return try await self.reply(to: ask.method)
    }

    /// Reads the next response. `method` tells whether it has a body.
    package func reply(to method: String = "GET") async throws -> HTTPReply {
        try await self.read("an HTTP response") { buffer in try HTTPReply.read(from: &buffer, to: method) }
    }
}
