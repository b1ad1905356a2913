import LoadClients
import RawLoad

/// Mailbox items from side A of each room to side B, which acknowledges them.
final class Items: SteadyScenario {
    enum Load {
        /// So many in each room: the next leaves when one has been both accepted and delivered.
        case inFlight(Int)
        /// So many a second in all rooms together, whatever becomes of those before them.
        case rate(Double)
    }

    struct Room {
        var sent = 0
        var accepted = 0
        var arrived = 0
        var sequence = ItemSequence()

        var inFlight: Int { self.sent - min(self.accepted, self.arrived) }
    }

    let unit = "item"
    private(set) var done = 0
    /// An item that is refused and a connection that ends are no errors to count: they end the run.
    let errors = ErrorCounts()
    private let loop: RawLoop
    private let opener: RoomOpener
    private let load: Load
    private let frames: ItemFrames
    private var rooms: [Room]
    private var faults = ItemFaults()
    private var acceptTimes: FlightTimes
    private var deliveryTimes: FlightTimes
    private var acceptLatency = LatencyHistogram()
    private var deliveryLatency = LatencyHistogram()
    /// From when items were due until they were sent.
    private var lateness = LatencyHistogram()
    private var dues: DueTimes?
    private var nextRoom = 0
    /// The highest number that the read at hand brought to a side B.
    private var toAcknowledge: Int?
    private var isOver = false

    /// In one room at a given rate. A mailbox holds a thousand, and a server that is further behind does not keep up.
    static let mostBehind = 900
    /// After which an item is lost.
    private static let patience = 10.0
    /// So short that the loop never sleeps: an item must not wait for the generator's timer.
    private static let pacedTick: UInt64 = 20_000

    init(_ loop: RawLoop, _ places: NodePlaces, rooms: Int, load: Load, bytes: Int) {
        self.loop = loop
        self.opener = RoomOpener(loop, places, rooms: rooms, sid: ItemFrames.sid)
        self.load = load
        self.frames = ItemFrames(payload: ItemPayload(bytes: bytes))
        self.rooms = Array(repeating: Room(), count: rooms)
        let most = if case .inFlight(let count) = load { count } else { Self.mostBehind }
        self.acceptTimes = FlightTimes(senders: rooms, mostEach: most)
        self.deliveryTimes = FlightTimes(senders: rooms, mostEach: most)
    }

    func begin(_ progress: Progress) throws {
        try self.opener.open(next: self, progress)
        switch self.load {
        case .inFlight: for room in self.rooms.indices { self.refill(room) }
        case .rate(let rate):
            self.loop.tickInterval = Self.pacedTick
            self.dues = DueTimes(perSecond: rate, from: MonotonicClock.now)
        }
    }

    /// Sends what has become due, to one room after the other.
    func tick() throws {
        while let due = self.dues?.next(by: self.loop.now) {
            guard self.rooms[self.nextRoom].inFlight < Self.mostBehind else {
                throw RawFailure.gaveUp("the server does not keep up with --rate: \(Self.mostBehind) items of one room are under way")
            }
            self.lateness.record(self.loop.now - due)
            self.send(1, self.nextRoom, due: due)
            self.nextRoom = (self.nextRoom + 1) % self.rooms.count
        }
    }

    func forgetWarmUp() {
        self.done = 0
        self.acceptLatency = LatencyHistogram()
        self.deliveryLatency = LatencyHistogram()
        self.lateness = LatencyHistogram()
    }

    /// The latency of what arrives now counts: it is that of the slowest.
    func finish() throws {
        self.isOver = true
        self.dues = nil
        try self.loop.run(seconds: Self.patience) { self.acceptTimes.underWay == 0 && self.deliveryTimes.underWay == 0 }
        for room in self.rooms {
            self.faults.add(room.sequence, sent: room.sent)
            self.faults.unanswered += room.sent - room.accepted
        }
    }

    func addFigures(to outcome: inout Outcome) {
        outcome.add("accepted", self.acceptLatency)
        outcome.add("delivery", self.deliveryLatency)
        if case .rate = self.load {
            outcome.add("late_p99_us", "sent behind its time, p99", .microseconds, Double(self.lateness.percentile(99)) / 1e3)
            outcome.add("late_max_us", "sent behind its time, max", .microseconds, Double(self.lateness.max) / 1e3)
        }
        outcome.add(self.faults)
    }

    // MARK: - Sending

    private func refill(_ room: Int) {
        guard case .inFlight(let most) = self.load, !self.isOver else { return }
        let count = most - self.rooms[room].inFlight
        if count > 0 { self.send(count, room, due: self.loop.now) }
    }

    private func send(_ count: Int, _ room: Int, due: UInt64) {
        guard let connection = self.opener.connections[2 * room] else { return }
        let first = self.rooms[room].sent + 1
        self.rooms[room].sent += count
        self.acceptTimes.sent(count, by: room, at: due)
        self.deliveryTimes.sent(count, by: room, at: due)
        var bytes = self.frames.send(first)
        for number in (first + 1)..<(first + count) { bytes += self.frames.send(number) }
        self.loop.send(bytes, on: connection)
    }

    // MARK: - Events

    func received(_ connection: RawConnection, _ payload: UnsafeRawBufferPointer) {
        switch FrameType(payload) {
        case .accepted: self.accepted(connection.owner, payload)
        case .deliver: self.delivered(connection.owner, payload)
        case .error: self.loop.stop(ItemFrames.refusal(payload))
        case .roomFull, .peerLeft, .offer, .answer, .ice, .other: self.loop.stop(RawFailure.gaveUp("an unexpected frame"))
        }
    }

    private func accepted(_ room: Int, _ frame: UnsafeRawBufferPointer) {
        let expected = self.rooms[room].accepted + 1
        guard frame.number(behind: ItemFrames.refKey) == expected, let due = self.acceptTimes.arrived(from: room) else {
            return self.loop.stop(RawFailure.gaveUp("another item was accepted than the one that had to be next, \(expected)"))
        }
        self.rooms[room].accepted = expected
        self.acceptLatency.record(self.loop.now - due)
    }

    private func delivered(_ room: Int, _ frame: UnsafeRawBufferPointer) {
        guard let number = self.frames.number(in: frame) else {
            self.faults.altered += 1
            return
        }
        guard self.rooms[room].sequence.receive(number), let due = self.deliveryTimes.arrived(from: room) else { return }
        self.rooms[room].arrived += 1
        self.toAcknowledge = max(self.toAcknowledge ?? 0, number)
        self.deliveryLatency.record(self.loop.now - due)
        self.done += 1
    }

    func readEnded(_ connection: RawConnection) {
        if let number = self.toAcknowledge {
            self.loop.send(ItemFrames.delivered(upTo: number), on: connection)
            self.toAcknowledge = nil
        }
        self.refill(connection.owner)
    }

    func ended(_ connection: RawConnection, _ end: RawConnection.End) {
        self.loop.stop(RawFailure.gaveUp("a connection was lost: \(end)"))
    }
}
