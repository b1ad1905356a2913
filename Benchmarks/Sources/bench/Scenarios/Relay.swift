import LoadClients
import RawLoad

/// Frames from one side of a room to the other and back, a fixed number on their way in each.
final class Relay: SteadyScenario {
    let unit = "msg"
    private(set) var done = 0
    /// A connection that ends is no error to count: it ends the run.
    let errors = ErrorCounts()
    private let loop: RawLoop
    private let opener: RoomOpener
    private let inFlight: Int
    private let payload: [UInt8]
    /// At n: n frames, to go out in one write, as what came in one read is answered.
    private let batches: [[UInt8]]
    private var faults = FrameFaults()
    private var latency = LatencyHistogram()
    private var times: FlightTimes
    /// Frames of the read at hand.
    private var arrived = 0
    private var isOver = false

    init(_ loop: RawLoop, _ places: NodePlaces, rooms: Int, inFlight: Int, payload: [UInt8]) {
        self.loop = loop
        self.opener = RoomOpener(loop, places, rooms: rooms)
        self.inFlight = inFlight
        self.payload = payload
        let frame = ClientFrame.text(payload)
        self.batches = (0...inFlight).map { count in Array(repeatElement(frame, count: count).joined()) }
        self.times = FlightTimes(senders: 2 * rooms, mostEach: inFlight)
    }

    func begin(_ progress: Progress) throws {
        try self.opener.open(next: self, progress)
        for room in 0..<self.opener.count {
            if let connection = self.opener.connections[2 * room] { self.send(self.inFlight, connection) }
        }
    }

    func tick() throws {}

    func forgetWarmUp() {
        self.done = 0
        self.latency = LatencyHistogram()
    }

    func finish() throws {
        self.isOver = true
        let measured = (self.done, self.latency)
        try self.loop.run(seconds: 5) { self.times.underWay == 0 }
        (self.done, self.latency) = measured
        self.faults.lost += self.times.underWay
    }

    func addFigures(to outcome: inout Outcome) {
        outcome.add("msg", self.latency)
        self.faults.duplicated += self.opener.faults.duplicated
        outcome.add(self.faults)
    }

    private func send(_ count: Int, _ connection: RawConnection) {
        self.times.sent(count, by: 2 * connection.owner + connection.side, at: self.loop.now)
        self.loop.send(self.batches[count], on: connection)
    }

    func received(_ connection: RawConnection, _ payload: UnsafeRawBufferPointer) {
        if !payload.isEqual(to: self.payload) {
            guard FrameType(payload) == .ice else {
                self.faults.ignored += 1
                return
            }
            self.faults.altered += 1
        }
        guard let sent = self.times.arrived(from: 2 * connection.owner + (1 - connection.side)) else {
            self.faults.duplicated += 1
            return
        }
        self.latency.record(self.loop.now - sent)
        self.done += 1
        self.arrived += 1
    }

    func readEnded(_ connection: RawConnection) {
        if self.arrived > 0, !self.isOver { self.send(self.arrived, connection) }
        self.arrived = 0
    }

    func ended(_ connection: RawConnection, _ end: RawConnection.End) {
        self.loop.stop(RawFailure.gaveUp("a connection was lost: \(end)"))
    }
}
