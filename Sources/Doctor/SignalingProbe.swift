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
            guard let identity = try? JSONText.decode(Identity.self, from: response.body), identity.server == Identity.name else {
                return .other(Self.reply(response))
            }
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
        await self.room("/rendezvous/redeem", Array(#"{"code":"\#(code)"}"#.utf8))
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

    private static func reply(_ response: TransportResponse) -> Reply {
        Reply(
            status: response.status, detail: ServerQuestions.refusal(response, [:]).problem?.detail,
            text: String(decoding: response.body.prefix(200), as: UTF8.self))
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
        let token = room.token.map { "&token=\($0)" } ?? ""
        let request = TransportRequest(
            address: self.address, target: "\(self.address.path)/ws?appID=\(room.appID)&side=\(side.rawValue)\(token)",
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
        let digits = [UInt64.random(in: 0 ... .max), .random(in: 0 ... .max)].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        var rest = Substring(digits)
        let parts = [8, 4, 4, 4, 12].map { length in
            defer { rest = rest.dropFirst(length) }
            return String(rest.prefix(length))
        }
        return Room(appID: parts.joined(separator: "-"), side: .a)
    }
}
