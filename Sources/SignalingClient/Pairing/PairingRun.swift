/// Carries out what a pairing decides. All that happens is told to the core under one lock, and done by the tasks of `run`.
final class PairingRun<Channel: SignalingChannel, Engine: PeerEngine>: RunningPairing {
    /// What is done in its order, outside the lock.
    private enum Errand: Sendable {
        case signal(JSONValue)
        case telemetry(String, JSONValue)
        case tell(PairingEvent)
    }

    private enum Progress: Sendable { case connected, over(ClientError?), wait }

    private struct State: Sendable {
        var core: PairingCore
        /// Bounded by what one event leads to: whoever tells the core carries out all of it before the next.
        var errands = Queue<Errand>()
        var isCarryingOut = false
        var step: EngineStep?
        var isConnected = false
        var isOver = false
        var error: ClientError?
        /// What the timers' task sleeps until.
        var sleepsUntil: Duration?
    }

    private let channel: Channel
    private let engine: Engine
    private let surroundings: Surroundings
    private let onEvent: @Sendable (PairingEvent) -> Void
    private let servers: ICEServerRenewal?
    private let state: Locked<State>
    private let stepping = Signal()
    private let timing = Signal()
    private let connecting = Signal()
    private let ending = Signal()

    init(core: PairingCore, channel: Channel, engine: Engine, surroundings: Surroundings, options: Pairing.Options) {
        self.state = Locked(State(core: core))
        self.channel = channel
        self.engine = engine
        self.surroundings = surroundings
        self.onEvent = options.onEvent
        self.servers = options.iceServers
    }

    var proof: PeerProof { self.state.withLock { $0.core.proof } }

    func restart() { self.tell { $0.restart(now: $1) } }

    func channelEnded() { self.tell { $0.engine(.channelClosed, now: $1) } }

    var error: ClientError? { self.state.withLock { $0.error } }

    func close() { self.tell { $0.close(now: $1) } }

    /// Throws why the attempt has failed.
    func connected() async throws(ClientError) {
        while true {
            let progress = self.state.withLock { state -> Progress in
                if state.isConnected { return .connected }
                return state.isOver ? .over(state.error) : .wait
            }
            switch progress {
            case .connected: return
            case .over(let error): throw error ?? .closed
            case .wait: await self.connecting.wait()
            }
            if Task.isCancelled { throw .cancelled }
        }
    }

    // MARK: Carrying out

    private func tell(_ body: (inout PairingCore, Duration) -> Void) {
        let now = self.surroundings.now()
        let (woken, isMine) = self.state.withLock { state -> ([Signal], Bool) in
            body(&state.core, now)
            var woken: [Signal] = []
            for action in state.core.takeActions() {
                switch action {
                case .signal(let frame): state.errands.append(.signal(frame))
                case .telemetry(let event, let detail): state.errands.append(.telemetry(event, detail))
                case .tell(let event): state.errands.append(.tell(event))
                case .step(let step):
                    state.step = step
                    woken.append(self.stepping)
                case .connected:
                    state.isConnected = true
                    woken.append(self.connecting)
                case .ended(let error):
                    state.isOver = true
                    state.error = error
                    woken += [self.connecting, self.ending]
                }
            }
            if let deadline = state.core.deadline, state.sleepsUntil.map({ deadline < $0 }) ?? true { woken.append(self.timing) }
            defer { state.isCarryingOut = true }
            return (woken, !state.isCarryingOut)
        }
        if isMine { self.carryOut() }
        for signal in woken { signal.notify() }
    }

    /// Frames go out in the order in which they were sealed, whichever task has told the core something.
    private func carryOut() {
        while true {
            let errand = self.state.withLock { state -> Errand? in
                let errand = state.errands.popFirst()
                if errand == nil { state.isCarryingOut = false }
                return errand
            }
            switch errand {
            // What the connection does not take is lost, and made up for like all that is.
            case .signal(let frame)?: try? self.channel.signal(RelayedFrame(frame))
            case .telemetry(let event, let detail)?: try? self.channel.telemetry(event, detail)
            case .tell(let event)?: self.onEvent(event)
            case nil: return
            }
        }
    }

    // MARK: The tasks

    /// Returns when the pairing is over and the engine closed.
    func run() async {
        self.tell { $0.begin(now: $1) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followChannel() }
            group.addTask { await self.followEngine() }
            group.addTask { await self.keepTime() }
            group.addTask { await self.takeSteps() }
            while !Task.isCancelled, !self.state.withLock({ $0.isOver }) { await self.ending.wait() }
            self.tell { $0.close(now: $1) }
            await self.engine.close()
            group.cancelAll()
        }
    }

    private func followChannel() async {
        do {
            for try await event in self.channel.events { self.tell { $0.session(event, now: $1) } }
            if !Task.isCancelled { self.tell { $0.sessionEnded(nil, now: $1) } }
        } catch {
            let known = error as? ClientError ?? ClientError(.protocolError, "\(error)")
            if !Task.isCancelled { self.tell { $0.sessionEnded(known, now: $1) } }
        }
    }

    private func followEngine() async {
        do {
            for try await event in self.engine.events { self.tell { $0.engine(event, now: $1) } }
        } catch {
            // Why it has ended, its steps say.
        }
        if !Task.isCancelled { self.tell { $0.engineEnded(now: $1) } }
    }

    private func takeSteps() async {
        while !Task.isCancelled {
            let step = self.state.withLock { state in
                defer { state.step = nil }
                return state.step
            }
            guard let step else {
                await self.stepping.wait()
                continue
            }
            let result = await self.take(step)
            self.tell { $0.stepEnded(result, now: $1) }
        }
    }

    private func take(_ step: EngineStep) async -> EngineResult {
        do {
            switch step {
            case .makeOffer: return .description(try await self.engine.makeOffer())
            case .makeAnswer: return .description(try await self.engine.makeAnswer())
            case .repeatOffer:
                return try await self.engine.localDescription().map { .description($0) } ?? .failed("the engine has no local description")
            case .apply(let description, _): try await self.engine.apply(description.kind, sdp: description.sdp)
            case .add(let candidate): try await self.engine.add(candidate)
            case .restartICE: try await self.engine.restartICE()
            case .renewServers: return await self.renewServers()
            case .look: return .statistics(await self.engine.statistics())
            }
            return .done
        } catch {
            return .failed("\(error)")
        }
    }

    /// An ICE restart waits so long for fresh servers; then it is made with the old ones.
    private static var renewsWithin: Duration { .seconds(5) }

    private func renewServers() async -> EngineResult {
        guard let servers = self.servers else { return .renewed(expireIn: nil) }
        let late = ClientError(.serverUnreachable, "no ICE servers within \(Self.renewsWithin)")
        do {
            let fresh = try await self.surroundings.within(Self.renewsWithin, timedOut: late) { try await servers.fetch() }
            try await self.engine.setICEServers(fresh.servers)
            return .renewed(expireIn: fresh.expireIn)
        } catch {
            return .notRenewed(retryAfter: (error as? ClientError)?.retryAfter)
        }
    }

    private func keepTime() async {
        while !Task.isCancelled {
            let deadline = self.state.withLock { state in
                state.sleepsUntil = state.core.deadline
                return state.core.deadline
            }
            guard let deadline else {
                await self.timing.wait()
                continue
            }
            let now = self.surroundings.now()
            if deadline > now { await self.sleep(deadline - now) }
            if Task.isCancelled { return }
            self.tell { $0.timePassed(now: $1) }
        }
    }

    /// Until the time has passed, or there is an earlier deadline.
    private func sleep(_ span: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.surroundings.sleep(span) }
            group.addTask { await self.timing.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}
