import LoadClients
import NIOCore

/// Rooms with both of their connections.
actor LeanLoad {
    nonisolated let eventLoop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.eventLoop.executor.asUnownedSerialExecutor() }

    private let address: SocketAddress
    private let loop: LoadLoop
    private let account = SentAccount()
    private var rooms: [(a: WebSocketClient, b: WebSocketClient)] = []

    /// Rooms that are being opened at a time.
    private static let atOnce = 128

    init(address: SocketAddress, eventLoop: any EventLoop) {
        self.address = address
        self.eventLoop = eventLoop
        self.loop = LoadLoop(eventLoop: eventLoop)
    }

    func open(_ count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for room in 0..<count {
                if room >= Self.atOnce { try await group.next() }
                group.addTask { try await self.open(room: room) }
            }
            try await group.waitForAll()
        }
    }

    private func open(room: Int) async throws {
        let name = "00000000-0000-4000-8000-" + String(String(room + 1_000_000_000_000).suffix(12))
        let a = self.client(name, .a)
        let b = self.client(name, .b)
        try await a.open(self.address)
        try await b.open(self.address)
        for client in [a, b] {
            guard try await client.next() == .roomFull else { throw LoadFailure.unexpected("no room_full") }
            client.send(.hello, ByteBuffer(string: #"{"type":"hello","mailbox":""}"#))
        }
        self.rooms.append((a, b))
    }

    private func client(_ room: String, _ side: WebSocketClient.Side) -> WebSocketClient {
        // An item has a response only where the connection has a sid.
        WebSocketClient(.init(room: room, side: side, sid: "lean", address: "127.0.0.1"), loop: self.loop, account: self.account)
    }

    func exchange(_ items: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for place in self.rooms.indices { group.addTask { try await self.exchange(items, room: place) } }
            try await group.waitForAll()
        }
    }

    private func exchange(_ items: Int, room: Int) async throws {
        let (a, b) = self.rooms[room]
        for number in 1...items {
            a.send(.send, ByteBuffer(string: #"{"type":"send","to":"B","ref":\#(number),"payload":\#(number)}"#))
            try await self.expect(number, at: b)
            b.send(.delivered, ByteBuffer(string: #"{"type":"delivered","upTo":\#(number)}"#))
            try await self.expect(response: number, at: a)
        }
    }

    private func expect(_ number: Int, at client: WebSocketClient) async throws {
        while true {
            switch try await client.next() {
            case .item(_, let seq, let payload) where seq == number && payload == ByteBuffer(string: "\(number)"): return
            // The response to `hello`.
            case .relayed(_, let text) where String(buffer: text).hasPrefix(#"{"type":"mailbox""#): continue
            case let other: throw LoadFailure.unexpected("\(other) where item \(number) was due")
            }
        }
    }

    private func expect(response number: Int, at client: WebSocketClient) async throws {
        while true {
            switch try await client.next() {
            case .relayed(_, ByteBuffer(string: #"{"type":"accepted","ref":\#(number)}"#)): return
            case .relayed(_, let text) where String(buffer: text).hasPrefix(#"{"type":"mailbox""#): continue
            case let other: throw LoadFailure.unexpected("\(other) where the response to item \(number) was due")
            }
        }
    }

    func close() async throws {
        for (a, b) in self.rooms {
            try await a.close()
            try await b.close()
        }
        self.rooms = []
    }
}
