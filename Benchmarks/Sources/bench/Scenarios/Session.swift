import LoadClients
import RawLoad

/// Whole pairings over four fresh connections each, some at a time.
final class Session: SteadyScenario {
    let unit = "session"
    private(set) var done = 0
    private(set) var errors = ErrorCounts()
    var faults = FrameFaults()
    var offerLatency = LatencyHistogram()
    var pairing = LatencyHistogram()
    let loop: RawLoop
    private let places: NodePlaces
    private var begun = 0
    let frames = SessionFrames()
    private var whole = LatencyHistogram()
    private let workers: [SessionWorker]
    private let requests: Requests

    private static let patience: UInt64 = 10_000_000_000
    private static let mostErrors = 20_000

    init(_ loop: RawLoop, _ places: NodePlaces, concurrency: Int) {
        self.loop = loop
        self.places = places
        self.workers = (0..<concurrency).map(SessionWorker.init(index:))
        self.requests = Requests(loop.server, keepAlive: false)
    }

    func begin(_ progress: Progress) throws { for worker in self.workers { self.begin(worker) } }

    func tick() throws {
        for worker in self.workers {
            if worker.phase == .failed { self.begin(worker) }
            if self.loop.now > worker.begunAt + Self.patience { self.fail(worker, "timed out \(worker.phase)") }
        }
    }

    func forgetWarmUp() {
        self.done = 0
        self.errors = ErrorCounts()
        (self.whole, self.offerLatency, self.pairing) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
    }

    /// What is under way is cut off: it is neither done nor an error.
    func finish() throws {}

    func addFigures(to outcome: inout Outcome) {
        outcome.add("session", self.whole)
        outcome.add("offer", self.offerLatency)
        outcome.add("pair_p50_us", "until both have room_full, p50", .microseconds, Double(self.pairing.percentile(50)) / 1e3)
        outcome.add("pair_p99_us", "until both have room_full, p99", .microseconds, Double(self.pairing.percentile(99)) / 1e3)
        outcome.add(self.faults)
    }

    func worker(_ connection: RawConnection) -> SessionWorker { self.workers[connection.owner] }

    // MARK: - From one pairing to the next

    private func begin(_ worker: SessionWorker) {
        worker.begin(self.begun, MonotonicClock.now)
        self.begun += 1
        worker.http = self.dial(.http, worker)
        if let http = worker.http { self.loop.send(self.requests.mint, on: http) }
    }

    private func dial(_ mode: RawConnection.Mode, _ worker: SessionWorker, side: Int = 0) -> RawConnection? {
        do {
            let node = self.places.address(room: worker.number, side: side)
            switch try self.loop.dial(mode, to: node, owner: worker.index, side: side) {
            case .connection(let connection): return connection
            case .refused(let number): self.fail(worker, "connect: \(RawFailure.text(number))")
            }
        } catch { self.loop.stop(error) }
        return nil
    }

    func join(_ worker: SessionWorker, side: Int) {
        worker.peers[side].connection = self.dial(.upgrading, worker, side: side)
        if let connection = worker.peers[side].connection {
            self.loop.send(self.requests.upgrade(worker.appID, side: side), on: connection)
        }
    }

    func end(_ worker: SessionWorker) {
        worker.ended += 1
        guard worker.ended == 2 else { return }
        self.whole.record(MonotonicClock.now - worker.begunAt)
        self.done += 1
        self.begin(worker)
    }

    func fail(_ worker: SessionWorker, _ why: String) {
        self.errors.add(why)
        for connection in [worker.http, worker.peers[0].connection, worker.peers[1].connection] { connection.map(self.loop.close) }
        worker.phase = .failed
        worker.begunAt = self.loop.now
        if self.errors.total > Self.mostErrors { self.loop.stop(RawFailure.gaveUp("too many errors, the last: \(why)")) }
    }

    // MARK: - Codes

    func answered(_ connection: RawConnection, status: Int, body: UnsafeRawBufferPointer) {
        let worker = self.worker(connection)
        self.loop.close(connection)
        guard status == 200, let appID = body.text(behind: Requests.appIDKey) else {
            return self.fail(worker, "HTTP \(status) \(worker.phase)")
        }
        if worker.phase == .minting {
            guard let code = body.text(behind: Requests.codeKey), appID.count == 36 else { return self.fail(worker, "no code") }
            worker.appID = Array(appID)
            worker.phase = .redeeming
            // Whoever has the code is where side B is.
            worker.http = self.dial(.http, worker, side: 1)
            if let http = worker.http { self.loop.send(self.requests.redeem(code), on: http) }
        } else {
            guard appID.isEqual(to: worker.appID) else { return self.fail(worker, "another appID") }
            worker.phase = .joining
            self.join(worker, side: 0)
        }
    }
}
