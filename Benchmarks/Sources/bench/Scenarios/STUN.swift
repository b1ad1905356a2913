import LoadClients
import RawLoad

/// STUN requests at an even rate, from so many addresses that none has more than its part. Each response is compared as far as it is known.
final class STUN: SteadyScenario {
    let unit = "request"
    private(set) var done = 0
    private(set) var errors = ErrorCounts()
    private let loop: RawLoop
    private let server: ServerAddress
    private let sources: Int
    private let rate: Double
    private var datagrams: RawDatagrams?
    private var dues: DueTimes?
    private var next = 0
    /// Sources whose response is awaited, and since when.
    private var waiting: [(source: Int, since: UInt64)] = []
    private var latency = LatencyHistogram()

    private static let tick: UInt64 = 500_000
    /// A response that has not come by then is lost.
    private static let patience: UInt64 = 1_000_000_000
    private static let transaction: [UInt8] = Array(1...12)
    private static let request: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42] + STUN.transaction
    private static let response: [UInt8] = [1, 1, 0, 20, 0x21, 0x12, 0xa4, 0x42] + STUN.transaction

    init(_ loop: RawLoop, server: ServerAddress, sources: Int, rate: Double) {
        self.loop = loop
        self.server = server
        self.sources = sources
        self.rate = rate
    }

    func begin(_ progress: Progress) throws {
        self.datagrams = try RawDatagrams(sources: self.sources, to: self.server)
        self.loop.tickInterval = Self.tick
        self.dues = DueTimes(perSecond: self.rate, from: MonotonicClock.now)
    }

    func tick() throws {
        self.receive()
        while let due = self.dues?.next(by: self.loop.now) {
            self.datagrams?.send(Self.request, from: self.next)
            self.waiting.append((self.next, due))
            self.next = (self.next + 1) % self.sources
        }
    }

    private func receive() {
        let now = MonotonicClock.now
        self.waiting.removeAll { source, since in
            guard let bytes = self.datagrams?.received(for: source) else {
                if now - since < Self.patience { return false }
                self.errors.add("no response")
                return true
            }
            if bytes.count == 40, bytes.starts(with: Self.response) { self.done += 1 } else { self.errors.add("another response") }
            self.latency.record(max(now, since) - since)
            return true
        }
    }

    func forgetWarmUp() {
        self.done = 0
        self.errors = ErrorCounts()
        self.latency = LatencyHistogram()
    }

    func finish() throws {}

    func addFigures(to outcome: inout Outcome) { outcome.add("request", self.latency) }

    func ended(_ connection: RawConnection, _ end: RawConnection.End) {}
}
