package import ByteStreams
import HTTPServer
import NIOCore
import SignalingCore
package import SignalingRuntime
import SignalingWire

/// `GET /ws`: reads requests for a WebSocket, and turns what `Admission` decides into responses.
package struct UpgradeAPI: Sendable {
    /// Makes the driver of an admitted client's stream. Called on the loop that the stream will be on.
    package typealias MakeDriver = @Sendable (ConnectionRequest, LoopContext) -> any StreamDriver

    let admission: Admission
    let keptRooms: (any KeptRooms)?
    let access: SideAccess
    let cors: CORSPolicy
    let webSocket: MakeDriver

    /// Bytes of a `sid`; clients use a UUID.
    static let maxSID = 256

    /// What a request asks for.
    private enum Attempt {
        case malformed(Problem)
        /// It came without an upgrade.
        case question
        case upgrade(ConnectionRequest, WebSocketHandshake.Accept)

        var kind: Admission.Attempt {
            switch self {
            case .malformed: .malformed
            case .question: .question
            case .upgrade: .upgrade
            }
        }
    }

    func admit(_ request: HTTPRequest, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        let attempt = self.attempt(request)
        switch self.admission.admit(attempt.kind, client: request.client, loop) {
        case .tooManyUpgrades(let retryAfter):
            throw .tooMany("too many connections from your address; wait before the next", retryAfter: retryAfter.wholeSeconds)
        case .draining:
            throw .unavailable("the server is shutting down; connect again", retryAfter: 1)
        case .full:
            throw .unavailable("the server has as many connections as it may; try again later", retryAfter: 10)
        case .tooManyOpen:
            throw .tooMany(
                "your network has its share of this server's connections; close some, or try again later", retryAfter: 10)
        case .malformed, .wouldBeAdmitted, .admitted:
            switch attempt {
            case .malformed(let problem): throw problem
            case .question:
                if self.keptRooms?.isReady == false { throw .cannotReachStore }
                // Nothing speaks against it, except that it should have asked for an upgrade.
                throw .upgradeRequired
            case .upgrade(let request, let accept):
                let arrival = self.keptRooms?.fetch(request.room, for: request.client, loop) ?? .here
                return try self.outcome(of: arrival, self.upgrade(request, accept), loop)
            }
        }
    }

    /// What is done with a client that has its place, when its room is here or is not.
    private func outcome(of arrival: RoomArrival, _ upgrade: HTTPUpgrade, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        switch arrival {
        case .here:
            return .upgrade(upgrade)
        case .unavailable:
            upgrade.abandoned()
            throw .cannotReachStore
        case .later(let reply):
            return .later(
                StoreInLine(reply, loop, otherwise: .cannotReachStore, abandoned: upgrade.abandoned) { (arrival) throws(Problem) in
                    try self.outcome(of: arrival, upgrade, loop)
                })
        }
    }

    private func upgrade(_ request: ConnectionRequest, _ accept: WebSocketHandshake.Accept) -> HTTPUpgrade {
        let (webSocket, admission) = (self.webSocket, self.admission)
        return HTTPUpgrade(
            accept, key: UInt64(truncatingIfNeeded: request.room.hashValue), makeDriver: { webSocket(request, $0) },
            abandoned: { admission.connectionEnded(of: request.client) })
    }

    // MARK: - Reading requests

    private func attempt(_ request: HTTPRequest) -> Attempt {
        do throws(Problem) {
            return try self.read(request)
        } catch {
            return .malformed(error)
        }
    }

    private func read(_ request: HTTPRequest) throws(Problem) -> Attempt {
        let head = request.head
        let accept = head.asksForWebSocket ? try WebSocketHandshake.accept(head) : nil
        try self.cors.check(request)
        let bytes = head.bytes.readableBytesUInt8Span
        let query = QueryString(bytes, target: head.target)
        let appID = query.value(of: "appID", in: bytes)
        // A request without a room is no page's question why its upgrade failed.
        if appID == .absent, accept == nil { throw .upgradeRequired }
        guard let room = self.room(appID, bytes) else {
            throw Problem(.badRequest, "appID must be a UUID in the 8-4-4-4-12 form", closes: true)
        }
        guard let name = self.text(query.value(of: "side", in: bytes), head), let side = Side(parameter: name) else {
            throw Problem(.badRequest, "side must be A or B", closes: true)
        }
        let value = query.value(of: "sid", in: bytes)
        let sid = self.text(value, head)
        if value == .malformed || sid?.utf8.count ?? 0 > Self.maxSID {
            throw Problem(.badRequest, "sid must be UTF-8 text of at most \(Self.maxSID) bytes", closes: true)
        }
        let hasToken = try self.hasToken(query.value(of: "token", in: bytes), room, side, bytes)
        guard let accept else { return .question }
        return .upgrade(ConnectionRequest(room: room, side: side, sid: sid, hasToken: hasToken, client: request.client), accept)
    }

    private func hasToken(_ value: QueryString.Value, _ room: RoomID, _ side: Side, _ bytes: Span<UInt8>) throws(Problem) -> Bool {
        let shown: SideToken? =
            switch value {
            case .plain(let range): SideToken(bytes.extracting(range))
            case .decoded(let text): SideToken(text.span)
            case .absent, .malformed: nil
            }
        switch self.access.verdict(on: shown, room: room, side: side) {
        case .granted(let hasToken): return hasToken
        case .refused:
            throw Problem(
                .forbidden, "this server opens rooms of codes alone: send the token that came with the code as token=…", closes: true)
        }
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
