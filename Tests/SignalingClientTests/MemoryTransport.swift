import Testing

@testable import SignalingClient

/// A server in memory, whose part the test plays.
final class MemoryTransport: SignalingTransport {
    let sockets = Shared<[MemorySocket]>([])
    let targets = Shared<[String]>([])
    private let taken = Shared(0)
    private let answers: Bool

    init(answers: Bool = true) { self.answers = answers }

    func respond(to request: TransportRequest) async throws -> TransportResponse { TransportResponse(status: 200) }

    func openWebSocket(_ request: TransportRequest) async throws -> WebSocketOpening {
        if !self.answers { try await Task.sleep(for: .seconds(3600)) }
        let socket = MemorySocket()
        self.targets.change { $0.append(request.target) }
        self.sockets.change { $0.append(socket) }
        return .open(socket)
    }

    var areAllOver: Bool { self.sockets.value.allSatisfy { $0.isOver } }

    func nextSocket() async throws -> MemorySocket {
        let index = self.taken.value
        self.taken.change { $0 += 1 }
        await eventually { self.sockets.value.count > index }
        return try #require(self.sockets.value.dropFirst(index).first)
    }
}

final class MemorySocket: SignalingSocket {
    let sent = Shared<[String]>([])
    let closedWith = Shared<UInt16?>(nil)
    private let incoming = Shared<[SocketMessage]>([])
    private let came = Signal()
    private let over = Shared(false)

    var isOver: Bool { self.over.value }
    var unread: Int { self.incoming.value.count }

    /// The response to `hello`.
    func greet() async throws {
        await eventually { !self.sent.value.isEmpty }
        try #require(self.sent.value.first?.hasPrefix(#"{"type":"hello""#) == true)
        self.push(#"{"type":"mailbox","id":"m1","deliveredUpTo":0}"#)
    }

    func push(_ text: String) {
        self.incoming.change { $0.append(.data(Array(text.utf8))) }
        self.came.notify()
    }

    func end(code: UInt16, reason: String) {
        self.incoming.change { $0.append(.closed(code: code, reason: reason)) }
        self.came.notify()
    }

    func receive() async throws -> SocketMessage {
        while true {
            if self.over.value { return .closed(code: 1006, reason: "") }
            var message: SocketMessage?
            self.incoming.change { if !$0.isEmpty { message = $0.removeFirst() } }
            if let message { return message }
            await self.came.wait()
            try Task.checkCancellation()
        }
    }

    func send(_ text: [UInt8]) async throws { self.sent.change { $0.append(String(decoding: text, as: UTF8.self)) } }

    func close(code: UInt16) async {
        self.closedWith.change { $0 = code }
        self.abort()
    }

    func abort() {
        self.over.change { $0 = true }
        self.came.notify()
    }
}
