import NIOHTTP1
import SignalingCore
import SignalingRuntime
import SignalingWire

/// Everything that is checked before a connection becomes a WebSocket.
struct UpgradeAdmission {
    let settings: HTTPSettings
    let hub: Hub

    struct Admitted {
        var request: ConnectionRequest
        /// The value of Sec-WebSocket-Accept.
        var accept: String
    }

    /// Bytes of a `sid`; clients use a UUID.
    static let maxSID = 256

    /// Takes a place among the WebSockets when it admits; the connection gives it back.
    func admit(_ head: HTTPRequestHead, client: ClientAddress, _ loop: LoopContext) throws(Problem) -> Admitted {
        guard head.method == .GET else { throw .methodNotAllowed("GET, OPTIONS") }
        if let wait = self.hub.limits.ws.admit(client, loop) {
            throw .tooMany("too many connections from your address; wait before the next", retryAfter: wait.wholeSeconds)
        }
        let accept = try WebSocketHandshake.accept(head)
        let origins = head.headers["Origin"]
        guard origins.count <= 1, self.settings.cors.allows(origins.first) else {
            throw Problem(403, "pages of this origin may not connect; the operator allows origins with CORS_ORIGINS", closes: true)
        }
        let request = try self.request(head.uri, client: client)
        guard self.hub.phase != .draining else {
            throw .unavailable("the server is shutting down; connect again", retryAfter: 1)
        }
        guard self.hub.connections.openWebSocket() else {
            throw .unavailable("the server has as many connections as it may; try again later", retryAfter: 10)
        }
        return Admitted(request: request, accept: accept)
    }

    private func request(_ target: String, client: ClientAddress) throws(Problem) -> ConnectionRequest {
        let query = QueryString(target: target)
        guard case .text(let appID) = query["appID"], let room = RoomID(appID.utf8) else {
            throw Problem(400, "appID must be a UUID in the 8-4-4-4-12 form", closes: true)
        }
        guard case .text(let name) = query["side"], let side = Side(parameter: name) else {
            throw Problem(400, "side must be A or B", closes: true)
        }
        let sid: String?
        switch query["sid"] {
        case .absent: sid = nil
        case .text(let text) where text.utf8.count <= Self.maxSID: sid = text
        case .text, .malformed: throw Problem(400, "sid must be UTF-8 text of at most \(Self.maxSID) bytes", closes: true)
        }
        return ConnectionRequest(room: room, side: side, sid: sid, client: client)
    }
}

extension TimeSpan {
    /// Rounded up, and at least 1: what a Retry-After says must be long enough.
    var wholeSeconds: Int { Int(max(1, (self.nanoseconds + 999_999_999) / 1_000_000_000)) }
}
