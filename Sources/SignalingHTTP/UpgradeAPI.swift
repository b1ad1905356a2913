package import ByteStreams
import HTTPServer
import NIOCore
import NetworkAddresses
import SignalingCore
package import SignalingRuntime
import SignalingWire

/// `GET /ws`: reads requests for a WebSocket, and turns what `Admission` decides into responses.
package struct UpgradeAPI: Sendable {
    /// Makes the driver of an admitted client's stream. Called on the loop that the stream will be on.
    package typealias MakeDriver = @Sendable (ConnectionRequest, LoopContext) -> any StreamDriver

    let admission: Admission
    /// Nil where all rooms are here.
    let places: (any RoomPlaces)?
    let access: SideAccess
    let cors: CORSPolicy
    let webSocket: MakeDriver

    /// Bytes of a `sid`; clients use a UUID.
    static let maxSID = 256

    /// What a request asks for.
    private enum Attempt {
        case malformed(Problem)
        /// It came without an upgrade. The client counts as the subject whose token it shows.
        case question(from: ClientAddress)
        case upgrade(ConnectionRequest, WebSocketHandshake.Accept)

        var kind: Admission.Attempt {
            switch self {
            case .malformed: .malformed
            case .question: .question
            case .upgrade: .upgrade
            }
        }

        /// Whom it counts for; nil where nothing tells more than its address.
        var client: ClientAddress? {
            switch self {
            case .malformed: nil
            case .question(let client): client
            case .upgrade(let request, _): request.client
            }
        }
    }

    func admit(_ request: HTTPRequest, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        guard let places else { return try self.admit(request, from: request.client, by: nil, loop) }
        switch places.sender(of: request) {
        case .client: return try self.admit(request, from: request.client, by: nil, loop)
        case .server(let number, let client): return try self.admit(request, from: client, by: number, loop)
        // One server reaches another by an address that is a third's, if it is none that somebody made up.
        case .impostor: throw Problem(.forbidden, "the fields nt-node-… are for servers, and are not for this one", closes: true)
        }
    }

    private func admit(
        _ request: HTTPRequest, from client: ClientAddress, by server: UInt64?, _ loop: SignalingLoop
    ) throws(Problem) -> HTTPOutcome {
        let attempt = self.attempt(request, from: client, by: server)
        if server != nil {
            switch attempt {
            // A server that asks whether it reaches this one has its answer.
            case .question: return .respond(HTTPResponse(.noContent, contentType: nil, body: .text("")))
            case .upgrade(let connection, _) where self.admission.isEnding:
                self.places?.giveUp(connection.room)
                throw .notHome
            case .malformed, .upgrade: break
            }
        }
        switch self.admission.admit(attempt.kind, client: attempt.client ?? client, isPassedHere: server != nil, loop) {
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
                if self.places?.isReady == false { throw .cannotReachStore }
                // Nothing speaks against it, except that it should have asked for an upgrade.
                throw .upgradeRequired
            case .upgrade(let connection, let accept):
                let upgrade = self.upgrade(connection, accept)
                guard let places else { return .upgrade(upgrade) }
                return try places.place(upgrade, of: request, for: connection, loop)
            }
        }
    }

    private func upgrade(_ request: ConnectionRequest, _ accept: WebSocketHandshake.Accept) -> HTTPUpgrade {
        let (webSocket, admission) = (self.webSocket, self.admission)
        return HTTPUpgrade(
            accept, key: UInt64(truncatingIfNeeded: request.room.hashValue), makeDriver: { webSocket(request, $0) },
            abandoned: { admission.connectionEnded(of: request.client, isPassedHere: request.isPassedHere) })
    }

    // MARK: - Reading requests

    private func attempt(_ request: HTTPRequest, from client: ClientAddress, by server: UInt64?) -> Attempt {
        do throws(Problem) {
            return try self.read(request, from: client, by: server)
        } catch {
            return .malformed(error)
        }
    }

    private func read(_ request: HTTPRequest, from client: ClientAddress, by server: UInt64?) throws(Problem) -> Attempt {
        let head = request.head
        let accept = head.asksForWebSocket ? try WebSocketHandshake.accept(head) : nil
        // Only the server that it came to first can tell whether a page is its own, as a proxy may end TLS there.
        if server == nil { try self.cors.check(request) }
        let bytes = head.bytes.readableBytesUInt8Span
        let query = QueryString(bytes, target: head.target)
        let appID = query.value(of: "appID", in: bytes)
        // A request without a room is no page's question why its upgrade failed.
        if appID == .absent, accept == nil {
            if server != nil { return .question(from: client) }
            throw .upgradeRequired
        }
        let named = try NamedSide(query, head, closes: true)
        let (room, side) = (named.room, named.side)
        let value = query.value(of: "sid", in: bytes)
        let sid = value.text(in: head)
        if value == .malformed || sid?.utf8.count ?? 0 > Self.maxSID {
            throw Problem(.badRequest, "sid must be UTF-8 text of at most \(Self.maxSID) bytes", closes: true)
        }
        let (hasToken, subject) = try self.token(query.value(of: "token", in: bytes), room, side, bytes)
        let holder = subject.map { ClientAddress.subject($0) } ?? client
        guard let accept else { return .question(from: holder) }
        return .upgrade(
            ConnectionRequest(
                room: room, side: side, sid: sid, hasToken: hasToken, client: holder, isByProxy: request.isByProxy, passedBy: server),
            accept)
    }

    /// Whether the side's token is shown, and whose it is.
    private func token(
        _ value: QueryString.Value, _ room: RoomID, _ side: Side, _ bytes: Span<UInt8>
    ) throws(Problem) -> (isShown: Bool, subject: UInt64?) {
        let shown: SideToken? =
            switch value {
            case .plain(let range): SideToken(bytes.extracting(range))
            case .decoded(let text): SideToken(text.span)
            case .absent, .malformed: nil
            }
        switch self.access.verdict(on: shown, room: room, side: side) {
        case .granted(let hasToken, let subject): return (hasToken, subject)
        case .refused:
            throw Problem(
                .forbidden, "this server opens rooms of codes alone: send the token that came with the code as token=…", closes: true)
        }
    }
}
