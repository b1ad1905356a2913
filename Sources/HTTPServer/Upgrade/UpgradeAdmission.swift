import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping

/// Everything that is checked before a connection becomes a WebSocket.
struct UpgradeAdmission {
    let settings: HTTPSettings
    let hub: Hub

    struct Admitted {
        var request: ConnectionRequest
        /// What Sec-WebSocket-Accept spells in base64.
        var accept: SHA1.Digest
    }

    /// Bytes of a `sid`; clients use a UUID.
    static let maxSID = 256

    /// Takes a place among the WebSockets when it admits; the connection gives it back.
    func admit(_ head: RequestHead, client: ClientAddress, _ loop: LoopContext) throws(Problem) -> Admitted {
        guard head.method == .get else { throw .methodNotAllowed("GET, OPTIONS") }
        if let wait = self.hub.limits.ws.admit(client, loop) {
            throw .tooMany("too many connections from your address; wait before the next", retryAfter: wait.wholeSeconds)
        }
        let accept = head.asksForWebSocket ? try WebSocketHandshake.accept(head) : nil
        guard head.origin.count <= 1, self.settings.cors.allows(head.originText) else {
            throw Problem(403, "pages of this origin may not connect; the operator allows origins with CORS_ORIGINS", closes: true)
        }
        let request = try self.request(head, client: client)
        guard self.hub.phase != .draining else {
            throw .unavailable("the server is shutting down; connect again", retryAfter: 1)
        }
        let connections = self.hub.connections
        guard accept == nil ? connections.mayOpenWebSocket : connections.openWebSocket() else {
            throw .unavailable("the server has as many connections as it may; try again later", retryAfter: 10)
        }
        // A browser does not tell a page why its upgrade failed. One that asks again without an upgrade learns the reason; where there is
        // none, that it should have asked for one.
        guard let accept else { throw .upgradeRequired }
        return Admitted(request: request, accept: accept)
    }

    private func request(_ head: RequestHead, client: ClientAddress) throws(Problem) -> ConnectionRequest {
        let bytes = head.bytes.readableBytesUInt8Span
        let query = QueryString(bytes, target: head.target)
        let appID = query.value(of: "appID", in: bytes)
        // Whoever names no room has not come to ask why an upgrade failed.
        if appID == .absent, !head.asksForWebSocket { throw .upgradeRequired }
        guard let room = self.room(appID, bytes) else {
            throw Problem(400, "appID must be a UUID in the 8-4-4-4-12 form", closes: true)
        }
        guard let name = self.text(query.value(of: "side", in: bytes), head), let side = Side(parameter: name) else {
            throw Problem(400, "side must be A or B", closes: true)
        }
        let value = query.value(of: "sid", in: bytes)
        let sid = self.text(value, head)
        if value == .malformed || sid?.utf8.count ?? 0 > Self.maxSID {
            throw Problem(400, "sid must be UTF-8 text of at most \(Self.maxSID) bytes", closes: true)
        }
        return ConnectionRequest(room: room, side: side, sid: sid, client: client)
    }

    private func room(_ value: QueryString.Value, _ bytes: Span<UInt8>) -> RoomID? {
        switch value {
        case .plain(let range): RoomID(bytes.extracting(range))
        case .decoded(let text): RoomID(text.span)
        case .absent, .malformed: nil
        }
    }

    private func text(_ value: QueryString.Value, _ head: RequestHead) -> String? {
        switch value {
        case .plain(let range): head.text(range)
        case .decoded(let text): String(decoding: text, as: UTF8.self)
        case .absent, .malformed: nil
        }
    }
}

extension TimeSpan {
    /// Rounded up, and at least 1: what a Retry-After says must be long enough.
    var wholeSeconds: Int { Int(max(1, (self.nanoseconds + 999_999_999) / 1_000_000_000)) }
}
