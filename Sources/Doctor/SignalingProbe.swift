import DoctorCore
import SignalingClient
import SignalingClientNIO

/// Asks the server, through whatever is before it, what clients ask it.
struct SignalingProbe: Sendable {
    let address: ServerAddress
    let transport: NIOTransport
    let limit: Duration
    /// A key or a token, or a whole field value.
    let authorization: String?
    /// Of the pages that are to connect.
    let origin: String?

    /// Codes of its own are not needed for longer.
    private static let codeLife = #"{"ttl":60}"#

    typealias Headers = [(name: String, value: String)]

    // MARK: - Requests

    func identify(_ headers: Headers = []) async -> Answer<Identity> {
        switch await self.answer("GET", "/rendezvous/server", headers) {
        case .wanted(let response):
            guard var identity = try? JSONText.decode(Identity.self, from: response.body), identity.server == Identity.name else {
                return .other(Self.reply(response))
            }
            // Whatever it says, nothing is waited for longer than three of the longest HEARTBEAT.
            identity.heartbeatMs = min(max(0, identity.heartbeatMs), 3_600_000)
            return .wanted(identity)
        case .other(let reply): return .other(reply)
        case .none(let cause): return .none(cause)
        }
    }

    /// The body of what is at a path; nil where there is nothing.
    func body(of path: String) async -> String? {
        guard case .wanted(let response) = await self.answer("GET", path) else { return nil }
        return String(decoding: response.body, as: UTF8.self)
    }

    func mint() async -> Answer<RoomAnswer> {
        await self.room("/rendezvous/code", Array(Self.codeLife.utf8))
    }

    func redeem(_ code: String) async -> Answer<RoomAnswer> {
        guard Names.isCode(code) else { return .none("the server's code is none: 4 to 8 digits") }
        return await self.room("/rendezvous/redeem", Array(#"{"code":"\#(code)"}"#.utf8))
    }

    private func room(_ path: String, _ body: [UInt8]) async -> Answer<RoomAnswer> {
        do {
            let headers: Headers = [("Content-Type", "application/json")] + (try SignalingService.authorizationFields(self.authorization))
            switch await self.answer("POST", path, headers, body) {
            case .wanted(let response): return .wanted(try RoomAnswer.read(response, from: self.address))
            case .other(let reply): return .other(reply)
            case .none(let cause): return .none(cause)
            }
        } catch {
            return .none(error.message)
        }
    }

    private func answer(
        _ method: String, _ path: String, _ headers: Headers = [], _ body: [UInt8] = []
    ) async -> Answer<TransportResponse> {
        let request = TransportRequest(
            method: method, address: self.address, target: self.address.path + path, headers: headers, body: body)
        do {
            let response = try await self.inTime { try await self.transport.respond(to: request) }
            return response.status == 200 ? .wanted(response) : .other(Self.reply(response))
        } catch {
            return .none(Self.words(error))
        }
    }

    private static func reply(_ response: TransportResponse) -> Reply { self.reply(response.status, response.body) }

    static func reply(_ status: Int, _ body: [UInt8]) -> Reply {
        Reply(status: status, detail: self.detail(status, body), text: String(decoding: body.prefix(200), as: UTF8.self))
    }

    /// Others have a `detail` in their errors too. This server's have the whole form of RFC 9457.
    private static func detail(_ status: Int, _ body: [UInt8]) -> String? {
        struct Body: Decodable {
            var type: String
            var title: String
            var status: Int
            var detail: String
        }
        guard let problem = try? JSONText.decode(Body.self, from: body), problem.type == "about:blank", problem.status == status else {
            return nil
        }
        return problem.detail
    }

    func inTime<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await Surroundings.system.within(self.limit, timedOut: ClientError(.serverUnreachable, "none within \(self.limit)")) {
            try await work()
        }
    }

    private static func words(_ error: any Error) -> String { (error as? ClientError)?.message ?? "\(error)" }

    // MARK: - WebSockets

    /// One that is not open has no socket.
    func open(_ room: Room, _ side: Side) async -> (UpgradeOutcome, (any SignalingSocket)?) {
        let token = room.token.map { "&token=\(Names.percentEncoded($0))" } ?? ""
        let request = TransportRequest(
            address: self.address,
            target: "\(self.address.path)/ws?appID=\(Names.percentEncoded(room.appID))&side=\(side.rawValue)\(token)",
            headers: self.origin.map { [("Origin", $0)] } ?? [])
        do {
            switch try await self.inTime({ try await self.transport.openWebSocket(request) }) {
            case .open(let socket): return (.open, socket)
            case .refused(let response): return (.refused(Self.reply(response)), nil)
            }
        } catch {
            return (.unanswered(Self.words(error)), nil)
        }
    }

    /// A room that nobody else knows.
    static func anyRoom() -> Room {
        var rest = Substring(Surroundings.system.randomID())
        let parts = [8, 4, 4, 4, 12].map { length in
            defer { rest = rest.dropFirst(length) }
            return String(rest.prefix(length))
        }
        return Room(appID: parts.joined(separator: "-"), side: .a)
    }
}
