package import SignalingClient

/// Pairs, and passes lines on until somebody leaves.
package struct PairRun: Sendable {
    private let service: SignalingService
    private let place: PairPlace
    private let authorization: String?
    private let printer: PairPrinter
    private let input: StandardInput

    package init(
        service: SignalingService, place: PairPlace, authorization: String?, printer: PairPrinter, input: StandardInput
    ) {
        self.service = service
        self.place = place
        self.authorization = authorization
        self.printer = printer
        self.input = input
    }

    /// Returns when the input has ended or `interruption` has returned, and the room is left.
    package func run(until interruption: @escaping @Sendable () async -> Void) async throws(PairProblem) {
        do {
            guard let room = try await Self.first(of: { try await self.room() }, interruption) else { return }
            try await self.service.withSession(in: room) { session in
                try await self.pass(lines: session, until: interruption)
            }
        } catch {
            throw PairProblem(any: error)
        }
    }

    private func room() async throws -> Room {
        if let code = self.place.code {
            let room = try await self.service.redeemCode(code, authorization: self.authorization)
            try self.printer.tell(.redeemed)
            return room
        }
        let code = try await self.service.createCode(authorization: self.authorization)
        try self.printer.tell(.minted(code: code.digits, lifetime: Self.life(of: code.room)))
        return code.room
    }

    private static func life(of room: Room) -> Duration? {
        // A hundred years do for whatever a server says.
        room.expiresInMs.map { .milliseconds(Int64(min($0, 3_155_760_000_000))) }
    }

    /// Nil if the interruption was first.
    private static func first<Value: Sendable>(
        of work: @escaping @Sendable () async throws -> Value, _ interruption: @escaping @Sendable () async -> Void
    ) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                await interruption()
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    // MARK: In the room

    private enum Part: Sendable {
        /// Somebody wants to leave at once, or the session was closed.
        case interrupted
        /// The input has ended and nobody's lines are waited for. What came until now is still printed.
        case inputOver
        /// The same, seen at an event.
        case eventsOver
        /// All that came until then is printed.
        case marked
        /// One of the tasks has nothing more to do.
        case idle
    }

    private func pass(lines session: Session, until interruption: @escaping @Sendable () async -> Void) async throws {
        // An item to oneself, which comes behind all that the other side has sent until then. Nobody else can know it.
        let mark = "end \(UInt64.random(in: .min ... .max)) \(UInt64.random(in: .min ... .max))"
        try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask {
                await interruption()
                return .interrupted
            }
            group.addTask { try await self.watch(session) }
            group.addTask { try await self.print(session, upTo: mark) }
            group.addTask { try await self.read(into: session) }
            group.addTask { try await self.waitForSomebody(in: session.room) }
            defer { group.cancelAll() }
            var isMarked = false
            while let part = try await group.next() {
                switch part {
                case .interrupted, .marked: return
                case .idle: continue
                case .inputOver, .eventsOver:
                    // Events that nobody takes would stop the items behind them.
                    if case .eventsOver = part { group.addTask { try await self.watch(session) } }
                    if isMarked { continue }
                    isMarked = true
                    group.addTask {
                        do {
                            try await session.send(mark, to: session.side)
                            return .idle
                        } catch {
                            // The mailbox is full of what was not printed yet, for one: then nothing shows its end.
                            return .marked
                        }
                    }
                }
            }
        }
    }

    private func watch(_ session: Session) async throws -> Part {
        for try await event in session.events {
            if let event = PairEvent(event), try self.printer.tell(event) { return .eventsOver }
        }
        return .interrupted
    }

    private func print(_ session: Session, upTo mark: String) async throws -> Part {
        for try await value in session.items(of: PairValue.self) {
            if value == .string(mark) { return .marked }
            try self.printer.tell(.item(value))
        }
        return .interrupted
    }

    private func read(into session: Session) async throws -> Part {
        while let line = await self.input.next() {
            switch line {
            case .text(let text): try await self.send(text, over: session)
            case .tooLong:
                let message = "the line has more than \(LineSplitter.limit) bytes"
                try self.printer.tell(.refused(PairProblem(code: "message_too_big", message: message)))
            }
        }
        return self.printer.endInput() ? .inputOver : .idle
    }

    /// Returns when the line is stored. A mailbox that is full has room again when the other side has fetched something.
    private func send(_ text: String, over session: Session) async throws {
        while true {
            do {
                try await session.send(text)
                try self.printer.tell(.mailboxHasRoom)
                return
            } catch let error as ClientError {
                switch error.code {
                case .mailboxFull:
                    try self.printer.tell(.mailboxIsFull)
                    try await Task.sleep(for: .seconds(1))
                case .messageTooBig, .invalidArgument:
                    try self.printer.tell(.refused(PairProblem(error)))
                    return
                default: throw error
                }
            }
        }
    }

    /// A code that has ended brings nobody any more.
    private func waitForSomebody(in room: Room) async throws -> Part {
        // Whoever redeemed at the last moment is still on the way.
        let onTheWay = Duration.seconds(10)
        guard let life = Self.life(of: room) else { return .idle }
        try await Task.sleep(for: room.side == .a ? life + onTheWay : max(life + onTheWay, .seconds(30)))
        if self.printer.isPaired { return .idle }
        throw PairProblem(
            code: "peer_never_came",
            message: room.side == .a ? "nobody has used the code while it was good" : "the side that made the code is not there",
            advice: "Make a new one.")
    }
}

extension PairProblem {
    package init(any error: any Error) {
        self = error as? PairProblem ?? (error as? ClientError).map(PairProblem.init) ?? PairProblem(code: "failed", message: "\(error)")
    }

    package init(_ error: ClientError) {
        let detail = error.problem?.detail.map { $0.isEmpty ? error.message : "\(error.message) (\($0))" }
        self.init(code: error.code.rawValue, message: detail ?? error.message, advice: error.advice, retryAfter: error.retryAfter)
    }
}

extension PairEvent {
    fileprivate init?(_ event: SessionEvent) {
        switch event {
        case .opened(let resumed): self = .connected(resumed: resumed)
        case .reconnecting(_, let delay, let reason): self = .disconnected(PairProblem(reason), delay: delay)
        case .paired: self = .bothPresent
        case .peerLeft: self = .peerLeft
        case .signal(let frame): self = .frame(type: frame.type, text: String(decoding: frame.json, as: UTF8.self))
        case .refused(let code, let message): self = .refused(PairProblem(code: code, message: message))
        case .diagnosis: return nil
        }
    }
}
