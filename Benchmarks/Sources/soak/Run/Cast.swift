import LoadClients
import NIOCore

/// The clients of one scenario, and what becomes of them in the accounts.
final class Cast {
    let name: String
    private let loop: LoadLoop
    private let ledger: Ledger
    private let address: SocketAddress
    private var clients: [WebSocketClient] = []
    private var streams: [RelayStream] = []
    private var books: [MailboxBook] = []
    /// Modes and reasons that were reported and not entered yet.
    private var reports: [Report] = []
    private var isBroken = false

    private enum Report { case established(String), failed(String) }

    init(_ name: String, _ soak: isolated Soak) {
        self.name = name
        self.loop = soak.loop
        self.ledger = soak.ledger
        self.address = soak.address
    }

    /// A new client, connected. Its end is entered into the accounts whenever it comes.
    nonisolated(nonsending) func open(
        _ room: String, _ side: WebSocketClient.Side, sid: String? = nil, from address: String, receiveBuffer: Int? = nil
    ) async throws(LoadFailure) -> WebSocketClient {
        let client = self.make(room, side, sid: sid, from: address, receiveBuffer: receiveBuffer)
        try await client.open(self.address)
        return client
    }

    func make(
        _ room: String, _ side: WebSocketClient.Side, sid: String? = nil, from address: String, receiveBuffer: Int? = nil
    ) -> WebSocketClient {
        let request = WebSocketClient.Request(room: room, side: side, sid: sid, address: address, receiveBuffer: receiveBuffer)
        let client = WebSocketClient(request, loop: self.loop, account: self.ledger.sent)
        let ledger = self.ledger
        client.onEnd = { [unowned client, unowned self] end in
            if self.isBroken, end.wasUpgraded, end.code == nil { client.unseenCode = Self.unknownCode }
            Self.enter(end, of: client, ledger)
        }
        self.clients.append(client)
        return client
    }

    /// Frames of one side for the other.
    func stream(_ direction: String) -> RelayStream {
        let stream = RelayStream("\(self.name), \(direction)", self.ledger)
        self.streams.append(stream)
        return stream
    }

    /// The mailbox of one side.
    func mailbox(_ side: String) -> MailboxBook {
        let book = MailboxBook("\(self.name), mailbox of \(side)", self.ledger)
        self.books.append(book)
        return book
    }

    func reported(mode: String) { self.reports.append(.established(mode)) }

    func reported(reason: String) { self.reports.append(.failed(reason)) }

    private static let unknownCode = -1

    private static func enter(_ end: WebSocketEnd, of client: WebSocketClient, _ ledger: Ledger) {
        guard end.wasUpgraded else {
            switch end.manner {
            case .refused(let status): ledger.answered("/ws", status)
            case .failed: break
            case .lost, .cut, .reset, .violation:
                // The request may have been read and answered; the answer was not.
                ledger.connections.possible += 1
                ledger.closedPossibly(1006)
            }
            return
        }
        ledger.answered("/ws", 101)
        ledger.connections.sure += 1
        guard let code = end.code ?? client.unseenCode else {
            switch end.manner {
            // No close frame of either side: the server calls that 1006.
            case .cut, .reset: ledger.closed(1006)
            default: ledger.closedUnknown()
            }
            return
        }
        if code == Self.unknownCode { ledger.closedUnknown() } else { ledger.closed(code) }
    }

    /// A scenario that is over must have left nobody behind.
    func mustHaveLeft() {
        for client in self.clients where client.end == nil { self.ledger.violation("\(self.name): a client was left behind") }
        for client in self.clients where client.waiting > 0 {
            self.ledger.violation("\(self.name): side \(client.request.side.rawValue) got \(client.waiting) messages that nobody expected")
        }
        for stream in self.streams { stream.mustBeEmpty() }
        self.enterReports(areSure: true)
        self.clients = []
    }

    private func enterReports(areSure: Bool) {
        for report in self.reports {
            switch report {
            case .established(let mode): self.ledger.established(mode, isSure: areSure)
            case .failed(let reason): self.ledger.failed(reason, isSure: areSure)
            }
        }
        self.reports = []
    }

    /// After a failure: everybody goes at once, and what was under way is not known any more.
    nonisolated(nonsending) func breakUp() async {
        self.isBroken = true
        for stream in self.streams { stream.writeOff() }
        for book in self.books { book.breakOff() }
        self.enterReports(areSure: false)
        for client in self.clients where client.end == nil { client.reset() }
        for client in self.clients { _ = try? await client.ended() }
        self.clients = []
    }
}

extension WebSocketClient {
    /// Waits for a message of the server's own.
    nonisolated(nonsending) func expect(_ expected: ServerMessage, within limit: TimeAmount = .seconds(30)) async throws(LoadFailure) {
        let message = try await self.next(within: limit)
        guard message == expected else { throw .unexpected("\(message) instead of \(expected) at side \(self.request.side.rawValue)") }
    }

    nonisolated(nonsending) func expect(error code: String) async throws(LoadFailure) { try await self.expect(.error(code: code)) }

    /// Waits for the next relayed frame and enters it.
    nonisolated(nonsending) func expect(
        frameOf stream: RelayStream, within limit: TimeAmount = .seconds(30)
    ) async throws(LoadFailure) {
        let message = try await self.next(within: limit)
        guard case .relayed(let opcode, let payload) = message else {
            throw .unexpected("\(message) instead of a frame at side \(self.request.side.rawValue)")
        }
        stream.receive(opcode, payload)
    }

    /// Waits until the server ends the connection with this code.
    nonisolated(nonsending) func expect(closed code: Int, within limit: TimeAmount = .seconds(30)) async throws(LoadFailure) {
        let end = try await self.ended(within: limit)
        guard end.code == code else { throw .unexpected("\(end) instead of close \(code)") }
    }
}
