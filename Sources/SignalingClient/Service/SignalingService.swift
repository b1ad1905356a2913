/// A server, as a client uses it. Copies share what they remember of codes whose redemption was not answered.
public struct SignalingService: Sendable {
    public let address: ServerAddress
    private let questions: ServerQuestions
    private let redemptions = Redemptions()

    /// - Parameters:
    ///   - url: As in `https://rendezvous.example`, with a path if the server is behind a proxy.
    ///   - transport: What carries requests and WebSockets.
    ///   - surroundings: Time and randomness, which tests replace.
    public init(_ url: String, transport: any SignalingTransport, surroundings: Surroundings = .system) throws(ClientError) {
        self.address = try ServerAddress(url)
        self.questions = ServerQuestions(transport: transport, address: self.address, surroundings: surroundings)
    }

    private var surroundings: Surroundings { self.questions.surroundings }

    /// Mints a code. Who has it may redeem it once, for side B; this side is A.
    ///
    /// - Parameters:
    ///   - ttl: How long the code lives; as long as the server lets codes live unless it is given.
    ///   - authorization: For a server that asks who may: a key or a token, or a whole field value such as `Basic …`.
    public func createCode(ttl: Duration? = nil, authorization: String? = nil) async throws(ClientError) -> Code {
        var body: [UInt8] = []
        if let ttl {
            guard ttl > .zero else { throw ClientError(.invalidArgument, "a code lives for more than no time") }
            // In milliseconds, of which there is at least one.
            body = Array("{\"ttl\":\(max(0.001, Double(ttl.components.seconds) + Double(ttl.components.attoseconds) / 1e18))}".utf8)
        }
        let headers = try Self.authorizationFields(authorization)
        let response = try await self.questions.request("POST", "/rendezvous/code", headers: headers, body: body)
        guard response.status == 200 else {
            throw ServerQuestions.refusal(
                response,
                [
                    401: .unauthorized, 403: Self.whyForbidden(response), 429: .rateLimited,
                    503: response.status == 503 ? await self.whyNoCode(response) : .serverError,
                ])
        }
        let answer = try RoomAnswer.read(response, from: self.address)
        guard let digits = answer.code, Names.isCode(digits) else {
            throw ClientError(.protocolError, "\(self.address.authority) answered without a code")
        }
        return Code(digits: digits, room: answer.room(.a))
    }

    /// Trades a code for its room, once. Where the answer is lost, it is asked for again, and the code is not lost: also by a second call.
    public func redeemCode(_ digits: String, authorization: String? = nil) async throws(ClientError) -> Room {
        guard Names.isCode(digits) else { throw ClientError(.codeMalformed, "a code has 4 to 8 digits") }
        let id = self.redemptions.recall(digits, now: self.surroundings.now()) ?? self.surroundings.randomID()
        let headers = [("Content-Type", "application/json")] + (try Self.authorizationFields(authorization))
        let body = Array("{\"code\":\"\(digits)\",\"id\":\"\(id)\"}".utf8)
        let response: TransportResponse
        do {
            response = try await self.redemption(headers: headers, body: body)
            if response.status == 200 { return try RoomAnswer.read(response, from: self.address).room(.b) }
        } catch {
            self.redemptions.remember(digits, id: id, now: self.surroundings.now())
            throw error
        }
        if Self.openOutcomes.contains(response.status) { self.redemptions.remember(digits, id: id, now: self.surroundings.now()) }
        throw ServerQuestions.refusal(
            response,
            [
                400: .codeMalformed, 401: .unauthorized, 403: Self.whyForbidden(response), 410: .codeGone, 429: .tooManyGuesses,
                503: .serverDraining,
            ])
    }

    /// Fresh STUN and TURN servers, for an ICE restart after the room's have expired.
    public func iceServers(for room: Room) async throws(ClientError) -> (servers: [ICEServer], expireInMs: UInt64?) {
        struct Answer: Decodable {
            var iceServers: Lenient<[Lenient<ICEServer>]>?
            var expiresInMs: UInt64?
        }
        let path = "/rendezvous/ice?appID=\(Names.percentEncoded(room.appID))&side=\(room.side.rawValue)"
        let response = try await self.questions.request("GET", path, headers: try Self.authorizationFields(room.token))
        guard response.status == 200, let answer = try? JSONText.decode(Answer.self, from: response.body) else {
            throw ServerQuestions.refusal(
                response, [400: .roomInvalid, 401: .tokenRefused, 403: .originRefused, 429: .rateLimited, 503: .serverDraining])
        }
        return (RoomAnswer.servers(answer.iceServers), answer.expiresInMs)
    }

    public struct SessionOptions: Sendable {
        /// How long it tries to reach the server before it ends with the cause; nil for as long as it lives.
        public var giveUpAfter: Duration? = .seconds(120)
        /// The server's WS_MAX_MSG.
        public var largestMessage = 1 << 20

        public init() {}
    }

    /// Enters a room, and leaves it when `body` returns or throws. Whatever the connection goes through meanwhile, `session` stays the same.
    ///
    /// - Parameters:
    ///   - room: Where a code led to.
    ///   - side: The room's own side unless it is given.
    ///   - token: What an earlier session's `resumeToken` was: this one goes on where that was. With a session that is still there it takes
    ///     its place.
    ///   - options: How long it tries, and how large messages may be.
    ///   - isolation: Where `body` runs: where the caller does.
    ///   - body: What is done in the room.
    public func withSession<Result>(
        in room: Room, side: Side? = nil, resuming token: ResumeToken? = nil, options: SessionOptions = SessionOptions(),
        isolation: isolated (any Actor)? = #isolation, _ body: (Session) async throws -> Result
    ) async throws -> Result {
        let side = side ?? room.side
        let engine = try self.engine(room: room, side: side, resuming: token, options: options)
        let session = Session(room: room, side: side, engine: engine)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            do {
                let result = try await body(session)
                engine.close()
                try await group.waitForAll()
                return result
            } catch {
                engine.close()
                try? await group.waitForAll()
                throw error
            }
        }
    }

    private func engine(room: Room, side: Side, resuming token: ResumeToken?, options: SessionOptions) throws(ClientError) -> SessionEngine
    {
        guard Names.isUUID(room.appID) else { throw ClientError(.roomInvalid, "appID is not a UUID") }
        try token?.check()
        let sid = token?.sid ?? self.surroundings.randomID()
        var core = SessionCore(
            sid: sid, resuming: token, refFloor: self.surroundings.wallClock(),
            options: .init(giveUpAfter: options.giveUpAfter, largestMessage: options.largestMessage))
        core.seed = self.surroundings.random()
        let shown = room.token.map { "&token=\(Names.percentEncoded($0))" } ?? ""
        let query = "appID=\(room.appID)&side=\(side.rawValue)&sid=\(Names.percentEncoded(sid))\(shown)"
        return SessionEngine(
            core: core, transport: self.questions.transport,
            request: TransportRequest(address: self.address, target: "\(self.address.path)/ws?\(query)"),
            service: self.questions, surroundings: self.surroundings)
    }

    // MARK: Redeeming

    /// A server that has had many wrong codes from this address lets a request wait for up to 20 s.
    private static let attemptLimit = Duration.seconds(22)
    /// Of a proxy that got no response from the server.
    private static let lostInBetween = [502, 504]
    /// A status that leaves open whether the code was redeemed.
    private static let openOutcomes = [503] + Self.lostInBetween

    /// The response, asked for again where it was lost, for as long as the server may still have it. The first repetition comes at once, the
    /// second after a second, and each further one after twice as long.
    private func redemption(headers: [(name: String, value: String)], body: [UInt8]) async throws(ClientError) -> TransportResponse {
        let start = self.surroundings.now()
        var delay = Duration.zero
        while true {
            let isLate = self.surroundings.now() - start + delay >= Redemptions.repeatedWithin
            do {
                let response = try await self.questions.request(
                    "POST", "/rendezvous/redeem", headers: headers, body: body, limit: Self.attemptLimit)
                if isLate || !Self.lostInBetween.contains(response.status) { return response }
            } catch {
                if isLate || error.code != .serverUnreachable { throw error }
            }
            do {
                if delay > .zero { try await self.surroundings.sleep(delay) }
            } catch {
                throw ClientError.cancelled
            }
            delay = delay == .zero ? .seconds(1) : delay * 2
        }
    }

    // MARK: Refusals

    /// With one status the server says that no code is free, that it is shutting down, and that who it would ask about rights does not answer.
    private func whyNoCode(_ response: TransportResponse) async -> ClientError.Code {
        if (ServerQuestions.problem(response).detail ?? "").lowercased().contains("who you are") { return .serverError }
        return await self.questions.isReady() ? .noCodeFree : .serverDraining
    }

    /// The server refuses a page's origin and a client's rights with one status.
    private static func whyForbidden(_ response: TransportResponse) -> ClientError.Code {
        (ServerQuestions.problem(response).detail ?? "").lowercased().contains("origin") ? .originRefused : .forbidden
    }

    package static func authorizationFields(_ authorization: String?) throws(ClientError) -> [(name: String, value: String)] {
        guard let authorization, !authorization.isEmpty else { return [] }
        // The characters of a field's value.
        guard authorization.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), authorization.first != " ", authorization.last != " " else {
            throw ClientError(.unauthorized, "authorization is no key, no token and no field value")
        }
        return [("Authorization", authorization.contains(" ") ? authorization : "Bearer \(authorization)")]
    }
}
