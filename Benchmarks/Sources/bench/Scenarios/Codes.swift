import LoadClients
import RawLoad

/// Codes minted and redeemed over kept-alive connections, each of which stays with one node.
final class Codes: SteadyScenario {
    enum Load {
        /// The next pair as soon as the one before is done, on each connection.
        case full
        /// So many pairs a second on all connections together, on whichever is free.
        case rate(Double)
    }

    private struct Slot {
        var begunAt: UInt64 = 0
        var mintedAt: UInt64 = 0
        var appID: [UInt8] = []
        var isRedeeming = false
    }

    let unit = "pair"
    private(set) var done = 0
    private(set) var errors = ErrorCounts()
    private let loop: RawLoop
    private let places: NodePlaces
    private let load: Load
    private let requests: Requests
    private var slots: [Slot]
    /// Connections that ended, to be made again by the next tick.
    private var missing: [Int] = []
    private var free: [RawConnection] = []
    private var dues: DueTimes?
    /// When pairs were due for which no connection was free.
    private var waiting = DueQueue()
    private var whole = LatencyHistogram()
    private var minting = LatencyHistogram()
    private var redeeming = LatencyHistogram()
    /// From when pairs were due until they began.
    private var lateness = LatencyHistogram()

    private static let mostErrors = 20_000
    /// Beyond which the server does not keep up.
    private static let mostWaiting = 10_000
    /// So short that the loop never sleeps: a pair must not wait for the generator's timer.
    private static let pacedTick: UInt64 = 20_000

    init(_ loop: RawLoop, _ places: NodePlaces, connections: Int, load: Load) {
        self.loop = loop
        self.places = places
        self.load = load
        self.requests = Requests(loop.server, keepAlive: true)
        self.slots = Array(repeating: Slot(), count: connections)
        self.missing = Array(self.slots.indices)
    }

    func begin(_ progress: Progress) throws {
        if case .rate(let rate) = self.load {
            self.loop.tickInterval = Self.pacedTick
            self.dues = DueTimes(perSecond: rate, from: MonotonicClock.now)
        }
        try self.tick()
    }

    func tick() throws {
        let missing = self.missing
        self.missing = []
        for index in missing {
            switch try self.loop.dial(.http, to: self.places.address(room: index, side: 0), owner: index) {
            case .connection(let connection): self.next(connection)
            case .refused(let number): self.fail(index, RawFailure.text(number))
            }
        }
        while let due = self.dues?.next(by: self.loop.now) {
            // In turn: the server closes one that sends nothing.
            if !self.free.isEmpty {
                let connection = self.free.removeFirst()
                self.mint(connection, due: due)
            } else {
                guard self.waiting.count < Self.mostWaiting else {
                    throw RawFailure.gaveUp("the server does not keep up with --rate: \(Self.mostWaiting) pairs wait for a connection")
                }
                self.waiting.add(due)
            }
        }
    }

    func forgetWarmUp() {
        self.done = 0
        self.errors = ErrorCounts()
        (self.whole, self.minting, self.redeeming) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        self.lateness = LatencyHistogram()
    }

    func finish() throws {}

    func addFigures(to outcome: inout Outcome) {
        outcome.add("pair", self.whole)
        for (name, latency) in [("mint", self.minting), ("redeem", self.redeeming)] {
            for percent in [50, 99] {
                let value = Double(latency.percentile(Double(percent))) / 1e3
                outcome.add("\(name)_p\(percent)_us", "\(name) latency p\(percent)", .microseconds, value)
            }
        }
        if case .rate = self.load {
            outcome.add("late_p99_us", "begun behind its time, p99", .microseconds, Double(self.lateness.percentile(99)) / 1e3)
        }
    }

    /// This connection has nothing to do.
    private func next(_ connection: RawConnection) {
        guard case .rate = self.load else { return self.mint(connection, due: MonotonicClock.now) }
        if let due = self.waiting.next() { self.mint(connection, due: due) } else { self.free.append(connection) }
    }

    private func mint(_ connection: RawConnection, due: UInt64) {
        self.lateness.record(max(self.loop.now, due) - due)
        self.slots[connection.owner].begunAt = due
        self.slots[connection.owner].isRedeeming = false
        self.loop.send(self.requests.mint, on: connection)
    }

    private func fail(_ index: Int, _ why: String) {
        self.errors.add(why)
        self.missing.append(index)
        if self.errors.total > Self.mostErrors { self.loop.stop(RawFailure.gaveUp("too many errors, the last: \(why)")) }
    }

    func answered(_ connection: RawConnection, status: Int, body: UnsafeRawBufferPointer) {
        let index = connection.owner
        let now = MonotonicClock.now
        let isRedeeming = self.slots[index].isRedeeming
        guard status == 200, let appID = body.text(behind: Requests.appIDKey) else {
            self.loop.close(connection)
            return self.fail(index, "HTTP \(status) \(isRedeeming ? "redeeming" : "minting")")
        }
        guard isRedeeming else {
            guard let code = body.text(behind: Requests.codeKey) else {
                return self.loop.stop(RawFailure.gaveUp("an answer without a code"))
            }
            self.minting.record(now - self.slots[index].begunAt)
            self.slots[index].mintedAt = now
            self.slots[index].appID = Array(appID)
            self.slots[index].isRedeeming = true
            return self.loop.send(self.requests.redeem(code), on: connection)
        }
        if !appID.isEqual(to: self.slots[index].appID) { self.errors.add("another appID") }
        self.whole.record(now - self.slots[index].begunAt)
        self.redeeming.record(now - self.slots[index].mintedAt)
        self.done += 1
        self.next(connection)
    }

    func ended(_ connection: RawConnection, _ end: RawConnection.End) {
        self.free.removeAll { $0 === connection }
        self.fail(connection.owner, "HTTP: \(end)")
    }
}
