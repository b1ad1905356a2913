import ByteStreams
import NIOCore
import NetworkAddresses
import SignalingClient
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping

/// A server, and pairs of sessions with it that go by the client's own rules, in one thread and on a clock that is moved from event to event.
final class SessionWorld {
    let profile: SessionProfile
    private let clock = ManualClock()
    private let wall: ServerClock
    private let start: Int64
    private var events = EventQueue()
    private var random: SplitMix64
    private let serverRandom: RandomSource

    let store: SimulatedStore?
    private var server: SignalingParts?
    private(set) var loops: [ManualLoop] = []
    private(set) var contexts: [LoopContext] = []
    private var nextSweep: Int64 = 0
    /// How often what a server knew was lost.
    private(set) var life = 0
    private var isEnding = false

    private(set) var seats: [SessionSeat] = []
    private var wires: [SessionWire] = []
    /// Programs take what comes at once, and nothing goes wrong.
    var isCalm = false

    private(set) var connections = 0
    private(set) var violation: String?
    var tell: ((String) -> Void)?

    init(profile: SessionProfile, seed: UInt64) {
        self.profile = profile
        self.random = SplitMix64(seed: seed ^ 0x5e55)
        self.serverRandom = SeededRandom(seed: seed ^ 0x5eed).source
        let clock = self.clock
        self.start = clock.now.nanoseconds
        self.wall = ServerClock(now: { clock.now }, unixSeconds: { 1_700_000_000 + Double(clock.now.nanoseconds) / 1e9 })
        self.store = profile.storeBatch.map { SimulatedStore(batch: $0) }
        self.startServer()
        for pair in 0..<profile.pairs {
            let room = RoomID(high: 0x1000_0000_0000_4000, low: 0x8000_0000_0000_0000 | UInt64(pair))
            let a = SessionSeat(self, room: room, side: .a, address: .v4(0xC000_0201 + UInt32(pair)))
            let b = SessionSeat(self, room: room, side: .b, address: .v4(0xC633_6401 + UInt32(pair)))
            (a.other, b.other) = (b, a)
            self.seats += [a, b]
            for seat in [a, b] { self.plan(after: Int64(self.random.next() % 2_000_000_000)) { seat.start() } }
        }
    }

    /// Nanoseconds since the beginning.
    var time: Int64 { self.clock.now.nanoseconds - self.start }
    /// As the client's rules are told it.
    var now: Duration { .nanoseconds(self.clock.now.nanoseconds) }
    /// Microseconds since 1970.
    var wallClock: UInt64 { UInt64(self.wall.unixSeconds() * 1e6) }

    func fork() -> SplitMix64 { SplitMix64(seed: self.random.next()) }

    func fail(_ fault: String) { if self.violation == nil { self.violation = fault } }
    func check(_ condition: Bool, _ fault: @autoclosure () -> String) { if !condition { self.fail(fault()) } }
    func note(_ line: @autoclosure () -> String) { self.tell?("\(self.time / 1_000_000) ms: \(line())") }

    // MARK: - Time

    func plan(at time: Int64, _ body: @escaping () -> Void) { self.events.plan(at: time, body) }
    func plan(after delay: Int64, _ body: @escaping () -> Void) { self.events.plan(at: self.time + delay, body) }

    func run(for span: Int64) {
        let end = self.time + span
        var rounds = 0
        while self.violation == nil {
            let next = max(self.time, self.nextMoment)
            guard next <= end else { break }
            rounds = next > self.time ? 0 : rounds + 1
            if rounds > 100_000 { return self.fail("time does not go on") }
            self.move(to: next)
            self.fireDue()
        }
        self.move(to: end)
    }

    private func move(to time: Int64) {
        if time > self.time { self.clock.advance(by: TimeSpan(nanoseconds: time - self.time)) }
    }

    private var nextMoment: Int64 {
        var next = self.nextSweep
        if let planned = self.events.next { next = min(next, planned) }
        for loop in self.loops { if let alarm = loop.nextAlarm { next = min(next, alarm.nanoseconds - self.start) } }
        for seat in self.seats {
            for host in seat.hosts {
                if let deadline = host.deadline { next = min(next, Self.nanoseconds(deadline) - self.start) }
            }
        }
        return next
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    private func fireDue() {
        for loop in self.loops { while loop.ringIfDue() {} }
        if self.time >= self.nextSweep {
            self.nextSweep = self.time + 500_000_000
            self.sweep()
        }
        while let next = self.events.next, next <= self.time, let event = self.events.take() { event.body() }
        for seat in self.seats {
            for host in seat.hosts where host.deadline.map({ $0 <= self.now }) ?? false { host.timePassed() }
            seat.forgetFormer()
        }
        self.settle()
    }

    private func sweep() {
        self.wires.removeAll(where: \.isOver)
        guard let server = self.server, let loop = self.loops.first else { return }
        let janitor = server.signaling.janitor
        loop.turn { while janitor.sweep(now: self.clock.now) {} }
        self.store?.prune(before: UnixMilliseconds(self.wall.unixSeconds() * 1000))
    }

    /// All that happens at once at the server's end.
    func settle() {
        var isBusy = true
        var rounds = 0
        while isBusy, self.violation == nil {
            isBusy = self.runStore()
            for loop in self.loops where loop.hasWork {
                isBusy = true
                if !loop.runReady() { self.fail("a loop does not come to rest") }
            }
            for (loop, context) in zip(self.loops, self.contexts) { loop.turn { context.flushTouched() } }
            for wire in self.wires where wire.settle() { isBusy = true }
            rounds += 1
            if rounds > 10_000 { self.fail("the server does not come to rest") }
        }
    }

    private func runStore() -> Bool {
        guard let store = self.store, store.isReady(now: self.clock.now), store.recover() else { return false }
        store.say(now: self.clock.now) { _ in }
        while store.journal.hasWork {
            store.write()
            store.say(now: self.clock.now) { _ in }
        }
        return true
    }

    // MARK: - The server

    private func startServer() {
        let profile = self.profile
        let journal = self.store?.journal
        let seed = self.random.next()
        self.loops = (0..<profile.loops).map { _ in ManualLoop(self.clock, isStrict: true) }
        self.contexts = self.loops.map { LoopContext(loop: $0, clock: self.wall) }
        let server = SignalingParts(clock: self.wall) {
            $0.mailbox = .init(messages: profile.mailboxMessages, bytes: 4 << 20)
            $0.heartbeat = .seconds(profile.heartbeatSeconds)
            $0.random = self.serverRandom
            $0.mailboxSeed = seed
            $0.journal = journal
        }
        if let store = self.store { self.check(server.signaling.adopt(store.disk) == 0, "codes were not taken over") }
        self.server = server
        self.isEnding = false
        self.note("a server begins")
    }

    /// A request for a WebSocket has arrived.
    func open(_ wire: SessionWire, for seat: SessionSeat, _ random: inout SplitMix64) {
        self.connections += 1
        self.wires.append(wire)
        let choice = random.next()
        let pingSeed = random.next()
        wire.open { [unowned self] in self.accept(seat, choice: choice, pingSeed: pingSeed) }
    }

    private func accept(_ seat: SessionSeat, choice: UInt64, pingSeed: UInt64) -> Result<SessionWire.Upgrade, ClientError> {
        guard let server = self.server else { return .failure(ClientError(.serverUnreachable, "nobody listens")) }
        // A proxy in between has its moods.
        if !self.isCalm, choice % 40 == 0 {
            return .failure(ClientError(.serverError, "502", retryAfter: .seconds(Int64(choice >> 8 & 3))))
        }
        let index = Int((choice >> 16) % UInt64(self.loops.count))
        let (loop, context) = (self.loops[index], self.contexts[index])
        let outcome = loop.turn {
            server.signaling.admission.admit(.upgrade, client: seat.address, server.signaling.loop(context))
        }
        switch outcome {
        case .admitted: break
        case .draining: return .failure(ClientError(.serverDraining, "503", retryAfter: choice % 2 == 0 ? nil : .seconds(1)))
        default:
            self.fail("\(seat.name) is refused: \(outcome)")
            return .failure(ClientError(.serverError, "503"))
        }
        let side: SignalingWire.Side = seat.side == .a ? .a : .b
        let request = ConnectionRequest(
            room: seat.room, side: side, sid: seat.sid, hasToken: self.profile.hasTokens, client: seat.address)
        return .success(
            SessionWire.Upgrade(
                stream: MemoryStream(
                    context: context, peer: seat.address, sendCapacity: self.profile.sendCapacity, manner: self.profile.manner),
                loop: loop, context: context,
                connection: loop.turn { server.connection(for: request, pingSeed: pingSeed, on: context) }))
    }

    /// It says that it goes away, closes everybody a while later, ends, and another begins.
    func restart(_ random: inout SplitMix64) {
        guard let server = self.server, !self.isEnding else { return }
        self.isEnding = true
        self.note("the server drains")
        server.signaling.phase.value = .draining
        let named = 500 + Int(random.next() % 4_000)
        for (loop, context) in zip(self.loops, self.contexts) {
            loop.turn { context.connections.announceDrain(reconnectAfterMilliseconds: named...named) }
        }
        let closing = Int64(random.next() % 2_000) * 1_000_000
        let downtime = self.downtime(&random)
        self.plan(after: closing) { [unowned self] in
            for (loop, context) in zip(self.loops, self.contexts) { loop.turn { context.connections.drain() } }
        }
        self.plan(after: closing + 6_000_000_000) { [unowned self] in self.endServer(after: downtime) }
    }

    /// It is gone from one moment to the next.
    func die(_ random: inout SplitMix64) {
        guard self.server != nil, !self.isEnding else { return }
        self.isEnding = true
        // A batch can be on the disk of which nobody was told.
        if random.next() % 2 == 0 { self.store?.write() }
        self.endServer(after: self.downtime(&random))
    }

    private func downtime(_ random: inout SplitMix64) -> Int64 {
        Int64(random.next() % (random.next() % 16 == 0 ? 150_000 : 5_000)) * 1_000_000
    }

    private func endServer(after downtime: Int64) {
        self.note("the server ends")
        _ = self.store?.crash()
        for wire in self.wires { wire.serverDied() }
        self.stopLoops()
        self.server = nil
        if self.store == nil { self.life += 1 }
        self.plan(after: downtime) { [unowned self] in self.startServer() }
    }

    private func stopLoops() {
        for loop in self.loops { _ = loop.runReady() }
        for (loop, context) in zip(self.loops, self.contexts) { loop.turn { context.stop() } }
        self.loops = []
        self.contexts = []
    }

    func slowStore(for span: Int64) { self.store?.slowDown(until: self.clock.now + TimeSpan(nanoseconds: span)) }

    func failStore(for span: Int64) {
        guard self.server != nil else { return }
        self.store?.fail(until: self.clock.now + TimeSpan(nanoseconds: span), now: self.clock.now) {}
    }

    // MARK: - At rest, and the end

    /// Nothing goes wrong any more: after a while everybody is there, and everything has arrived.
    func calm() {
        self.isCalm = true
        for seat in self.seats {
            seat.isOffline = false
            seat.take(most: .max)
        }
        for wire in self.wires { wire.readOn() }
        self.slowStore(for: 0)
        // The silence of a dead connection, the question whether it lives, and the longest wait for the next attempt.
        let limit = self.time + 400_000_000_000
        while self.time < limit, self.violation == nil, self.unrest != nil { self.run(for: 500_000_000) }
        if let unrest = self.unrest { return self.fail("at rest: \(unrest)") }
        for seat in self.seats { seat.checkRest() }
        self.probe()
        self.isCalm = false
    }

    private var unrest: String? {
        for seat in self.seats { if let unrest = seat.unrest(life: self.life) { return "\(seat.name): \(unrest)" } }
        return nil
    }

    /// The two of each room reach each other.
    private func probe() {
        for seat in self.seats { seat.signal() }
        self.settle()
        self.run(for: 30_000_000_000)
        for seat in self.seats { self.check(seat.hasNewestSignal, "\(seat.name): a frame to it did not come though both are there") }
    }

    /// Everybody leaves, and nothing is left.
    func finish() {
        self.isCalm = true
        for seat in self.seats { seat.close() }
        self.settle()
        self.run(for: 30_000_000_000)
        for seat in self.seats {
            for host in seat.hosts { self.check(host.isGone, "\(seat.name): something is left of a session that is closed") }
        }
        self.run(for: 700_000_000_000)
        self.wires.removeAll(where: \.isOver)
        self.check(self.wires.isEmpty, "\(self.wires.count) connections are left")
        guard self.violation == nil, let signaling = self.server?.signaling else { return }
        self.check(signaling.admission.open == 0, "\(signaling.admission.open) connections are left at the server")
        self.check(signaling.rooms.count == 0, "\(signaling.rooms.count) rooms are left")
        for context in self.contexts { self.check(context.timers.count == 0, "\(context.timers.count) deadlines are left") }
        if let store = self.store { self.check(store.disk == StoredState(), "something is left in the store") }
    }

    /// Streams and those who speak on them hold each other until they end.
    func tearDown() {
        self.tell = nil
        for wire in self.wires { wire.serverDied() }
        self.stopLoops()
        self.wires = []
        self.events = EventQueue()
        self.seats = []
    }
}
