import LoadClients
import NIOCore

/// A thousand rooms that relay, and one whose receiver never reads.
actor StalledPeer {
    struct Plan: Sendable {
        var rooms: Int
        var rate: Double
        var bytes: Int
        var pushBytes: Int
    }

    struct Totals: Sendable {
        var sent = 0
        var received = 0
        var wrong = 0
        var ended = 0
    }

    nonisolated let eventLoop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.eventLoop.executor.asUnownedSerialExecutor() }

    private let plan: Plan
    private let address: SocketAddress
    private let loop: LoadLoop
    private let account = SentAccount()
    private var rooms: [SteadyRoom] = []
    private var latency = PhaseLatency()
    private var isOver = false
    private var random = SplitMix64(seed: 1)

    // The room in trouble
    private var pusher: WebSocketClient?
    private var stalled: WebSocketClient?
    private var payload = ByteBuffer()
    private var pushed = 0
    private var lastPush: UInt64 = 0
    private var pushStart: UInt64 = 0

    /// Short, so that a tick's frames are few and do not queue behind each other.
    private static let tick = TimeAmount.milliseconds(1)

    init(plan: Plan, address: SocketAddress, eventLoop: any EventLoop) {
        self.plan = plan
        self.address = address
        self.eventLoop = eventLoop
        self.loop = LoadLoop(eventLoop: eventLoop)
    }

    // MARK: - The steady rooms

    func openRooms() async throws {
        let filler = ByteBuffer(string: String(repeating: "x", count: max(0, self.plan.bytes - 40)))
        for index in 0..<self.plan.rooms {
            let (a, b) = try await self.openPair(index)
            self.rooms.append(SteadyRoom(a, b, loop: self.loop, filler: filler, latency: self.latency))
        }
        let now = self.loop.now
        for room in self.rooms {
            // Rooms that sent all at once would only show how long a thousand frames take.
            room.begin(Pace(perSecond: self.plan.rate, phase: Double.random(in: 0..<1, using: &self.random), from: now))
        }
        self.schedule()
    }

    private func openPair(_ index: Int) async throws -> (WebSocketClient, WebSocketClient) {
        let room = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - String(index).count) + String(index)
        let a = WebSocketClient(.init(room: room, side: .a, address: "10.0.0.1"), loop: self.loop, account: self.account)
        let b = WebSocketClient(.init(room: room, side: .b, address: "10.0.0.2"), loop: self.loop, account: self.account)
        try await a.open(self.address)
        try await b.open(self.address)
        for client in [a, b] {
            guard try await client.next() == .roomFull else { throw LoadFailure.unexpected("no room_full") }
        }
        return (a, b)
    }

    private func schedule() {
        self.loop.after(Self.tick) {
            guard !self.isOver else { return }
            let now = self.loop.now
            for room in self.rooms { room.tick(now) }
            self.push()
            self.schedule()
        }
    }

    /// Lets the load run and answers the latencies of that time.
    func measure(seconds: Double) async -> LatencyHistogram {
        self.latency = PhaseLatency()
        for room in self.rooms { room.latency = self.latency }
        await self.loop.pause(.nanoseconds(Int64(seconds * 1e9)))
        return self.latency.histogram
    }

    // MARK: - The room in trouble

    /// One peer stops reading, and the other begins to push.
    func beginStall() async throws {
        let (pusher, stalled) = try await self.openPair(self.plan.rooms)
        stalled.answers = false
        stalled.isReading = false
        self.payload = ByteBuffer(string: #"{"type":"ice","fill":"\#(String(repeating: "y", count: self.plan.pushBytes))"}"#)
        self.pushStart = self.loop.now
        self.stalled = stalled
        self.pusher = pusher
        pusher.onWritable = { [unowned self] in self.assumeIsolated { $0.push() } }
    }

    private func push() {
        while let pusher = self.pusher, pusher.mayPush {
            pusher.send(.ice, self.payload)
            self.pushed += self.payload.readableBytes
            self.lastPush = self.loop.now
        }
    }

    /// Bytes the pusher got rid of, and the seconds after which nothing went any more.
    var pushedSoFar: (bytes: Int, seconds: Double, isOpen: Bool) {
        (self.pushed, Double(self.lastPush - self.pushStart) / 1e9, self.pusher?.isOpen == true && self.stalled?.isOpen == true)
    }

    func endStall() async throws {
        self.stalled?.reset()
        self.pusher?.reset()
        self.pusher = nil
        _ = try await self.stalled?.ended()
    }

    // MARK: - The end

    /// Stops sending, waits for what is on its way, and counts.
    func finish() async throws -> Totals {
        self.isOver = true
        let deadline = self.loop.now + 10_000_000_000
        var totals = self.totals
        while totals.received + totals.wrong < totals.sent, self.loop.now < deadline {
            await self.loop.pause(.milliseconds(20))
            totals = self.totals
        }
        for room in self.rooms {
            room.a.onMessage = nil
            room.b.onMessage = nil
            try await room.b.close()
            try await room.a.close()
        }
        return totals
    }

    private var totals: Totals {
        self.rooms.reduce(into: Totals()) {
            $0.sent += $1.sent
            $0.received += $1.received
            $0.wrong += $1.wrong
            if !$1.a.isOpen || !$1.b.isOpen { $0.ended += 1 }
        }
    }
}
