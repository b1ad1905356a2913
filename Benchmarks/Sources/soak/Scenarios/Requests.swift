import LoadClients
import NIOCore

/// Requests beside those that a session needs: good, bad, and half.
extension Soak {
    /// One of everything else that the server answers.
    func oddRequest(_ cast: Cast) async throws {
        let json = [("Content-Type", "application/json")]
        let upgrade = [
            ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]
        let room = self.newRoom()
        let requests: [(request: HTTPRequest, route: String, status: Int)] = [
            (HTTPRequest("GET", "/healthz"), "/healthz", 200),
            (HTTPRequest("GET", "/readyz"), "/readyz", 200),
            (HTTPRequest("GET", "/nowhere"), "other", 404),
            (HTTPRequest("GET", "/rendezvous/code"), "/rendezvous/code", 405),
            (HTTPRequest("OPTIONS", "/rendezvous/redeem", fields: [("Origin", "https://app.test")]), "/rendezvous/redeem", 204),
            (HTTPRequest("POST", "/rendezvous/code", fields: json, body: #"{"ttl":0}"#), "/rendezvous/code", 400),
            (HTTPRequest("POST", "/rendezvous/code", body: String(repeating: "x", count: 5000)), "/rendezvous/code", 413),
            (HTTPRequest("POST", "/rendezvous/redeem", body: #"{"code":"1234"}"#), "/rendezvous/redeem", 415),
            (HTTPRequest("GET", "/ws?appID=\(room)&side=A"), "/ws", 426),
            (HTTPRequest("GET", "/ws?appID=\(room)&side=C", fields: upgrade), "/ws", 400),
            (HTTPRequest("GET", "/ws?appID=\(room.dropLast())&side=A", fields: upgrade), "/ws", 400),
            (HTTPRequest("GET", "/healthz", fields: [("X-Long", String(repeating: "y", count: 9000))]), "other", 431),
        ]
        guard let odd = requests.randomElement(using: &self.random) else { return }
        let connection = HTTPConnection(loop: self.loop)
        try await connection.open(self.address)
        let response = try await connection.ask(odd.request)
        self.ledger.answered(odd.route, response.status)
        guard response.status == odd.status else {
            throw LoadFailure.unexpected("\(odd.request.method) \(odd.request.target): \(response.status), not \(odd.status)")
        }
        try await connection.close()
    }

    /// A request that never becomes whole, or a connection on which nothing comes.
    func halfRequest(_ cast: Cast) async throws {
        let halves: [(text: String, route: String)?] = [
            ("POST /rendezvous/code HTTP/1.1\r\nHost: load.test\r\nX-Half: ", "other"),
            ("POST /rendezvous/code HTTP/1.1\r\nHost: load.test\r\nContent-Length: 11\r\n\r\n{\"ttl\"", "/rendezvous/code"),
            nil,
        ]
        let half = halves.randomElement(using: &self.random) ?? nil
        let connection = HTTPConnection(loop: self.loop)
        try await connection.open(self.address)
        if let half { connection.send(ByteBuffer(string: half.text)) }
        // Some wait to be cut off, some leave before.
        if self.chance(0.3) {
            await self.pause(0...0.2)
            return try await connection.close()
        }
        if let half {
            let response = try await connection.response(within: self.patience)
            self.ledger.answered(half.route, response.status)
            guard response.status == 408 else { throw LoadFailure.unexpected("half a request: \(response.status)") }
        }
        guard try await connection.ended(within: self.patience).isEmpty else {
            throw LoadFailure.unexpected("an answer to half a request")
        }
    }
}
