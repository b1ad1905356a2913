import ByteScan
import ByteStreams
import EngineScripts
package import NetworkAddresses
import NodeCore
package import SignalingCore
package import SignalingRuntime
import SignalingWire
import Synchronization
package import TimeKeeping

/// Codes in the engine: one code space, and one count of failed guesses, for all nodes.
package final class EngineCodes: CodePlace {
    package struct Settings: Sendable {
        /// The longest life of a code, and its life where none is asked for.
        package var life: TimeSpan
        /// Live codes that one client may have; 0: its share is all that limits it.
        package var cap: Int

        package init(life: TimeSpan, cap: Int) {
            self.life = life
            self.cap = cap
        }
    }

    /// How long a call is repeated whose connection broke before its reply came. Whoever waits for it is told after 3 s that nothing came.
    private static let patience = TimeSpan.milliseconds(2500)

    /// Codes of each length that one call of the engine clears away: some 2 ms of its time.
    private static let clearedAtOnce = 256

    /// For so long the engine knows a request by its name.
    private static let memory = TimeSpan.seconds(30)

    private let node: Node
    private let settings: Settings
    private let cap: Atomic<Int>
    private let failures: GuessLimit
    private let random: RandomSource
    private let redeemed = Atomic<Int>(0)
    /// Codes that had ended, and that the engine removed for this node.
    private let expired = Atomic<Int>(0)

    package init(_ settings: Settings, node: Node, limits: ClientLimits, random: RandomSource = .system) {
        self.random = random
        self.node = node
        self.settings = settings
        self.cap = Atomic(settings.cap)
        self.failures = limits.redeemFailures
    }

    package func change(cap: Int) { self.cap.store(cap, ordering: .relaxed) }

    package func mint(ttl: TimeSpan?, client: ClientAddress, _ loop: SignalingLoop) -> CodeService.MintResult {
        guard self.node.withState({ $0.isConnected }) else { return .unavailable }
        let reply = LateReply<CodeService.MintResult>()
        var random = self.random
        let call = MintCall(
            bounds: self.node.settings.bounds, life: Self.life(ttl, atMost: self.settings.life), room: .random(using: &random),
            client: client,
            cap: self.cap.load(ordering: .relaxed), random: (0..<MintCall.draws).map { _ in random.next() >> 11 })
        self.run(call, since: loop.clock.now(), loop.post) { result, loop in
            switch result.map(\.outcome) {
            case .success(.minted(let code, let end, _)):
                // Nobody is told of the code.
                if reply.isAbandoned { return self.undo(FreeCall(bounds: call.bounds, code: code, room: call.room)) }
                reply.resolve(.minted(code, room: call.room, lifetime: Self.lifetime(until: end, loop)))
            case .success(.exhausted(let retryAfter)): reply.resolve(.exhausted(retryAfter: retryAfter))
            case .success(.tooManyLive): reply.resolve(.tooManyLive)
            case .failure: reply.resolve(.unavailable)
            }
        } atOnce: { reply, _ in
            self.expired.add(reply.cleared, ordering: .relaxed)
        }
        return .later(reply)
    }

    package func redeem(_ code: Code, _ id: RedeemID?, client: ClientAddress, _ loop: SignalingLoop) -> CodeService.RedeemResult {
        guard self.node.withState({ $0.isConnected && $0.redemptions.mayRedeem }) else { return .unavailable }
        let reply = LateReply<CodeService.RedeemResult>()
        let buckets = self.failures.kinds.buckets(of: client).map {
            GuessBucket(
                network: $0.network, interval: Int($0.interval.nanoseconds / 1_000_000),
                tokens: Int($0.span.nanoseconds / $0.interval.nanoseconds))
        }
        let call = RedeemCall(bounds: self.node.settings.bounds, code: code, request: id ?? self.drawnID(), buckets: buckets)
        let node = self.node
        self.run(call, since: loop.clock.now(), loop.post) { result, loop in
            switch result {
            case .success(.redeemed(let room, let end, _, let isRepeated)):
                // By its name the client may have the answer still. Without one it never learns it, and the code has not done its work.
                if reply.isAbandoned, id == nil {
                    node.withState { $0.redemptions.givenBack(code, room) }
                    return self.undo(GiveBackCall(bounds: call.bounds, code: code, request: call.request, room: room))
                }
                // A request that the node repeats itself has a name that only the node knows.
                if !isRepeated || id == nil { self.redeemed.add(1, ordering: .relaxed) }
                if id == nil { return reply.resolve(.redeemed(room: room, lifetime: Self.lifetime(until: end, loop))) }
                reply.resolve(
                    .named(RecentRedemptions.Redemption(room: room, expiresAt: Double(end) / 1000), isRepeated: isRepeated))
            case .success(.wait(let time)): reply.resolve(.mustWait(time))
            case .success(.gone(let alarm)):
                self.failures.recordFailure(client, now: loop.clock.now())
                reply.resolve(.gone(alarm.map { GuessingAlarm(live: $0.live, space: $0.space, digits: $0.digits, grew: $0.grew) }))
            case .failure: reply.resolve(.unavailable)
            }
        } atOnce: { reply, now in
            // Before anything else is asked of an engine that may have lost it.
            if case .redeemed(let room, _, _, _) = reply { node.withState { $0.redemptions.redeemed(code, room, now: now) } }
        }
        return .later(reply)
    }

    /// Only the engine can tell, in `redeem`.
    package func repetition(of code: Code, _ id: RedeemID, _ loop: SignalingLoop) -> CodeService.RedeemResult? { nil }

    /// The engine removes what has ended, as it is told to; each node counts what it was told of. False: nothing is left that can be done now.
    package func sweep(now: MonotonicTime) -> Bool {
        if self.node.withState({ $0.isConnected }) { self.node.run { self.clearEnded($0) } }
        return false
    }

    private func clearEnded(_ runner: NodeRunner) {
        let call = ClearEndedCall(bounds: self.node.settings.bounds, most: Self.clearedAtOnce)
        runner.engine.run(call, runner.keys) { result in
            // What failed is done by the next one.
            guard case .success(let cleared) = result else { return }
            self.expired.add(cleared, ordering: .relaxed)
            if cleared >= Self.clearedAtOnce { self.clearEnded(runner) }
        }
    }

    package func gauges(now: MonotonicTime) -> CodeService.Gauges? { nil }

    /// They are in the engine still.
    package func processEnds(now: MonotonicTime) {}

    /// Those that this node has redeemed or cleared away. Of codes that the engine has lost nobody knows.
    package var ended: CodesEnded {
        CodesEnded(redeemed: self.redeemed.load(ordering: .relaxed), expired: self.expired.load(ordering: .relaxed))
    }

    // MARK: -

    /// Calls a script, once more where the connection broke before its reply: under its name it does once what it does. `done` is called on
    /// the loop of whoever waits, `atOnce` on the node's before.
    private func run<Call: EngineCall>(
        _ call: Call, since: MonotonicTime, _ post: LoopPost,
        _ done: @escaping @Sendable (Result<Call.Reply, CallFailure>, SignalingLoop) -> Void,
        atOnce: @escaping @Sendable (Call.Reply, MonotonicTime) -> Void = { _, _ in }
    ) {
        self.node.run { runner in
            Self.attempt(call, runner, until: since + Self.patience) { result in
                if case .success(let reply) = result { atOnce(reply, runner.now) }
                post.run { done(result, $0) }
            }
        }
    }

    /// Undoes in the engine what nobody was told of, as soon as it can.
    private func undo(_ call: some EngineCall) {
        self.node.run { Self.attempt(call, $0, until: $0.now + Self.memory, isForLater: true) { _ in } }
    }

    /// - Parameter isForLater: Also where it was not sent, there is time.
    private static func attempt<Call: EngineCall>(
        _ call: Call, _ runner: NodeRunner, until deadline: MonotonicTime, isForLater: Bool = false,
        _ done: @escaping @Sendable (Result<Call.Reply, CallFailure>) -> Void
    ) {
        runner.engine.run(call, runner.keys) { result in
            switch result {
            case .failure(.unknown): break
            case .failure(.notSent) where isForLater: break
            default: return done(result)
            }
            runner.retry(until: deadline) { isInTime in
                if isInTime { Self.attempt(call, runner, until: deadline, isForLater: isForLater, done) } else { done(result) }
            }
        }
    }

    private static func life(_ wanted: TimeSpan?, atMost longest: TimeSpan) -> TimeSpan {
        // The engine counts in milliseconds.
        max(.milliseconds(1), min(wanted ?? longest, longest))
    }

    /// By which this server's clock comes to the end that the engine's clock says: where the two differ, all nodes say the engine's.
    private static func lifetime(until end: UnixMilliseconds, _ loop: SignalingLoop) -> TimeSpan {
        TimeSpan(nanoseconds: Int64((Double(end) / 1000 - loop.clock.unixSeconds()) * 1e9))
    }

    /// A name for an attempt whose client gave none, by which this node may repeat it.
    private func drawnID() -> RedeemID {
        var random = self.random
        let text = Hex.text(random.next()) + Hex.text(random.next())
        // 32 hexadecimal digits are a name.
        guard let id = RedeemID(Array(text.utf8)) else { preconditionFailure("not a name: \(text)") }
        return id
    }
}
