import LoadClients
import NIOCore

/// A run: one event loop on which all clients live. Scenarios are written as tasks of this actor, whose executor is that loop, so they
/// touch clients without hops; the pairs that relay all the time use callbacks alone.
actor Soak {
    nonisolated let eventLoop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.eventLoop.executor.asUnownedSerialExecutor() }

    let plan: SoakPlan
    let address: SocketAddress
    let loop: LoadLoop
    let ledger = Ledger()
    let codes = CodeRegister()
    let latency = LatencyRecorder()
    let http: HTTPPool
    var random: SplitMix64

    // What goes on
    private(set) var running: [String: Int] = [:]
    private(set) var finished: [String: Int] = [:]
    /// Arrivals left out because as many scenarios as allowed were under way.
    private(set) var skipped = 0
    private(set) var isStopping = false
    var pairsRunning: [RelayPair] = []
    var lag = LoopLag()
    var metricsConnection: HTTPConnection?
    var pagesRead = 0
    private var startedAt: UInt64 = 0
    private var arrivals: [Double] = []
    private var guessers = 0

    private static let mostUnderWay = 600
    /// How often pairs send and arrivals are looked for.
    private static let tick = TimeAmount.milliseconds(5)

    init(plan: SoakPlan, address: SocketAddress, eventLoop: any EventLoop) {
        self.plan = plan
        self.address = address
        self.eventLoop = eventLoop
        self.loop = LoadLoop(eventLoop: eventLoop)
        self.http = HTTPPool(loop: self.loop, address: address)
        self.random = SplitMix64(seed: plan.seed)
    }

    var underWay: Int { self.running.values.reduce(0, +) }
    var patience: TimeAmount { .nanoseconds(Int64(self.plan.patience * 1e9)) }

    // MARK: - Running

    /// Begins the load; it goes on by itself until `stop`.
    func start() {
        self.startedAt = self.loop.now
        self.arrivals = Mix.all.map { _ in 0 }
        self.lag.begin(self.loop.now)
        self.scheduleTick()
    }

    private func scheduleTick() {
        self.loop.after(Self.tick) { self.tick() }
    }

    private func tick() {
        let now = self.loop.now
        self.lag.tick(now, expected: UInt64(Self.tick.nanoseconds))
        for pair in self.pairsRunning { pair.tick(now) }
        if !self.isStopping { self.begin(now) }
        if !self.isStopping || !self.pairsRunning.isEmpty { self.scheduleTick() }
    }

    /// Begins what has become due: arrivals at even distances, spread a little at random.
    private func begin(_ now: UInt64) {
        let elapsed = Double(now - self.startedAt) / 1e9
        for (index, entry) in Mix.all.enumerated() {
            let period = 1 / (self.plan.rate * entry.share)
            while self.arrivals[index] + period * 0.5 < elapsed {
                self.arrivals[index] += period * Double.random(in: 0.5...1.5, using: &self.random)
                guard self.underWay - self.running["pair", default: 0] < Self.mostUnderWay else {
                    self.skipped += 1
                    continue
                }
                self.perform(entry.name, entry.run)
            }
        }
        // Pairs are made a few at a time, and made anew as they end.
        let missing = self.plan.pairs - self.running["pair", default: 0]
        for _ in 0..<min(missing, 2) { self.perform("pair") { try await $0.relayPair($1) } }
    }

    /// Runs a scenario as a task of its own. One that fails is a violation, unless the generator itself was held up.
    func perform(_ name: String, _ body: @escaping @Sendable (isolated Soak, Cast) async throws -> Void) {
        self.running[name, default: 0] += 1
        Task {
            let cast = Cast(name, self)
            do {
                try await body(self, cast)
                cast.mustHaveLeft()
                self.finished[name, default: 0] += 1
            } catch {
                let what = "\(name): \(error)"
                // The server gives a holder 2 s to answer, and drops who is silent for two heartbeats.
                if self.lag.worstRecently > 1_000_000_000 { self.ledger.excuse(what) } else { self.ledger.violation(what) }
                await cast.breakUp()
            }
            self.running[name, default: 0] -= 1
        }
    }

    /// Begins nothing more and waits until all that goes on has ended.
    func stop() async throws {
        self.isStopping = true
        for pair in self.pairsRunning { pair.isLeaving = true }
        let deadline = self.loop.now + UInt64(self.patience.nanoseconds)
        while self.underWay > 0 {
            guard self.loop.now < deadline else {
                throw LoadFailure.timedOut("scenarios to end: \(self.running.filter { $0.value > 0 })")
            }
            await self.loop.pause(.milliseconds(50))
        }
        try await self.http.close()
    }

    // MARK: - Chance

    func pause(_ seconds: ClosedRange<Double>) async {
        await self.loop.pause(.nanoseconds(Int64(Double.random(in: seconds, using: &self.random) * 1e9)))
    }

    func chance(_ probability: Double) -> Bool { self.random.chance(probability) }

    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self.random) }

    /// An address as a proxy would report it; each client has its own.
    func newAddress() -> String {
        "10.\(self.number(0...255)).\(self.number(0...255)).\(self.number(1...254))"
    }

    /// An address of a client that guesses codes, used by no client before: a burst of guesses must find its whole allowance, and no
    /// session may meet a guesser's limit. Each is in another /24 than those before and after it, as networks have limits too. Comes round
    /// after a million, when the limits have long forgotten the first.
    func newGuesser() -> String {
        self.guessers = (self.guessers + 1) % (1 << 20)
        return "172.\(16 + (self.guessers >> 8) & 15).\(self.guessers & 255).\(self.guessers >> 12)"
    }

    /// A room that was not minted: anybody who knows a UUID may open one.
    func newRoom() -> String {
        var digits = String(self.random.next(), radix: 16) + String(self.random.next(), radix: 16)
        digits = String(repeating: "0", count: 32 - digits.count) + digits
        var groups: [Substring] = []
        var rest = digits[...]
        for length in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return groups.joined(separator: "-")
    }

    func newSID() -> String { "sid-" + String(self.random.next(), radix: 36) }
}
