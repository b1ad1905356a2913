package import ByteStreams
import EngineScripts
package import Logging
import NetworkAddresses
import NodeCore
package import RESPClient
import RESPCore
import SignalingCore
package import SignalingRuntime
import SignalingWire
package import TimeKeeping

/// Carries out what a node decides: calls the engine, takes and closes rooms, and tells those who wait. Used on its loop only.
///
/// `@unchecked Sendable`, for the closures that the engine calls: it calls them on that loop.
package final class NodeRunner: @unchecked Sendable {
    package let node: Node
    let context: LoopContext
    let engine: any ScriptEngine
    let logger: Logger
    private let random: () -> UInt64
    /// Set once, before there is a room.
    private var rooms: (registry: RoomRegistry, loop: SignalingLoop)?
    private var timer: ExpiryToken?
    /// Who waits for the first lease, and until when.
    private var entering: (@Sendable (String) -> Void)?
    private var leaving: (until: MonotonicTime, done: @Sendable () -> Void)?
    private var retries = CallRetries()
    private var nextProbe: MonotonicTime

    /// How often what is due is looked at.
    private static let interval = TimeSpan.milliseconds(100)
    private static let probeInterval = TimeSpan.seconds(2)

    package init(
        _ settings: Node.Settings, engine: any ScriptEngine, context: LoopContext, logger: Logger,
        random: @escaping () -> UInt64 = { .random(in: 0...(.max)) }
    ) {
        self.node = Node(settings, loop: context.loop, now: context.clock.now())
        self.engine = engine
        self.context = context
        self.logger = logger
        self.random = random
        self.nextProbe = context.clock.now()
        self.node.attach(self)
    }

    var now: MonotonicTime { self.context.clock.now() }
    var keys: EngineKeys { self.node.settings.keys }
    private var bounds: CodeBounds { self.node.settings.bounds }

    /// Begins, before the engine does. `entered` is told the key that all nodes have once this is one of them.
    package func begin(_ entered: @escaping @Sendable (String) -> Void) {
        self.entering = entered
        self.engine.whenStateChanges { self.engineChanged($0) }
        self.schedule()
    }

    /// From now on it may have rooms.
    package func attach(_ rooms: RoomRegistry, _ loop: SignalingLoop) { self.rooms = (rooms, loop) }

    // MARK: - Doing what there is to do

    /// Looks at what other loops have decided.
    func work() {
        let (searchOrders, homeOrders) = self.node.withState { state in
            state.isTaskDue = false
            state.homes.pump(orders: &state.homeOrders)
            defer { (state.searchOrders, state.homeOrders) = ([], []) }
            return (state.searchOrders, state.homeOrders)
        }
        self.perform(homeOrders)
        self.perform(searchOrders)
        self.context.flushTouched()
    }

    private func changeHomes(_ body: (inout NodeState, inout [Homes.Order]) -> Void) {
        self.perform(
            self.node.withState { state in
                // Behind what is there already.
                var orders: [Homes.Order] = []
                swap(&orders, &state.homeOrders)
                body(&state, &orders)
                return orders
            })
    }

    private func changeSearches(_ body: (inout NodeState, inout [RoomSearches.Order]) -> Void) {
        self.perform(
            self.node.withState { state in
                var orders: [RoomSearches.Order] = []
                swap(&orders, &state.searchOrders)
                body(&state, &orders)
                return orders
            })
    }

    private func schedule() {
        if let timer = self.timer, self.context.timers.reschedule(timer, at: self.now + Self.interval) { return }
        self.timer = self.context.timers.schedule(self, at: self.now + Self.interval)
    }

    // MARK: - The engine

    private func engineChanged(_ engineState: EngineState) {
        let now = self.now
        switch engineState {
        case .ready(let facts):
            self.logger.info(
                "engine connected",
                metadata: ["engine": "\(facts.server) \(facts.version)", "primary": .stringConvertible(facts.isPrimary)])
            for warning in facts.warnings { self.logger.warning("\(warning)") }
            self.node.withState { state in
                state.life.connected(now: now)
                (state.isConnected, state.engineFault) = (true, nil)
            }
            self.repeatRedemptions()
            self.live()
        case .down(let reason):
            let (wasConnected, hasLeft) = self.node.withState { state in
                defer { (state.isConnected, state.engineFault) = (false, reason) }
                if state.isConnected { state.redemptions.lost(now: now) }
                state.life.disconnected()
                state.homes.pause()
                return (state.isConnected, state.life.state == .left)
            }
            if wasConnected, !hasLeft {
                self.logger.warning("engine lost; connections live on, and nobody joins", metadata: ["reason": "\(reason)"])
            } else {
                self.logger.debug("no engine", metadata: ["reason": "\(reason)"])
            }
        case .connecting: break
        }
    }

    /// Until all are repeated nothing is redeemed, as the engine may have lost that they were.
    private func repeatRedemptions() {
        for _ in 0..<RepeatedRedemptions.mostUnderWay {
            guard let (number, call) = self.node.withState({ $0.isConnected ? $0.redemptions.next(self.bounds) : nil }) else { break }
            self.engine.run(call, self.keys) { result in
                guard case .success = result else { return self.node.withState { $0.redemptions.unanswered(number) } }
                self.node.withState { $0.redemptions.replied(number) }
                self.repeatRedemptions()
            }
        }
        guard self.node.withState({ $0.isConnected && $0.redemptions.mayRedeem }) else { return }
        for attempt in self.retries.take() { attempt(true) }
    }

    /// Calls that wait for the next connection.
    package var retryCount: Int { self.retries.count }

    /// Does something that came to nothing as the connection broke, on the next one; or says that it is too late.
    func retry(until deadline: MonotonicTime, _ attempt: @escaping @Sendable (_ isInTime: Bool) -> Void) {
        if !self.retries.add(until: deadline, now: self.now, attempt) { attempt(false) }
    }

    // MARK: - The lease

    private func live() {
        while true {
            let now = self.now
            let name = NodeID(self.random())
            switch self.node.withState({ $0.life.tick(name: name, now: now) }) {
            case .enter(let call, let sent):
                self.engine.run(call, self.keys) { result in
                    if case .success(let key) = result {
                        self.act(self.node.withState { $0.life.entered(key: key, sent: sent, now: self.now) })
                    } else {
                        self.lifeFailed(result, sent)
                    }
                }
            case .renew(let call, let sent):
                self.engine.run(call, self.keys) { result in
                    if case .success(let reply) = result {
                        self.act(self.node.withState { $0.life.replied(reply, sent: sent, now: self.now) })
                    } else {
                        self.lifeFailed(result, sent)
                    }
                }
            default: return
            }
        }
    }

    private func lifeFailed<Reply>(_ result: Result<Reply, CallFailure>, _ sent: MonotonicTime) {
        self.node.withState { $0.life.failed(sent: sent, now: self.now) }
        if case .failure(.refused(let reason)) = result {
            self.logger.warning("the engine does not renew this node's lease", metadata: ["reason": "\(reason)"])
        }
    }

    private func act(_ action: NodeLife.Action) {
        let now = self.now
        switch action {
        case .renewed(let notes, let allInDoubt):
            self.changeHomes { state, orders in
                guard let name = state.life.name else { return }
                state.homes.resume(as: name, allInDoubt: allInDoubt, now: now)
                for case .taken(let room) in notes { state.homes.doubt(room) }
                state.homes.pump(orders: &orders)
            }
            for case .unreached(let address, let reason) in notes { self.hear(from: address, reason) }
            self.changeSearches { $0.searches.tick($0.life, now: now, orders: &$1) }
        case .revalidate(let name):
            self.logger.info("this is a node", metadata: ["node": "\(name.text)", "address": "\(self.node.address)"])
            self.changeHomes { state, orders in
                state.homes.resume(as: name, allInDoubt: true, now: now)
                state.homes.pump(orders: &orders)
            }
            self.entering.take()?(self.node.identity.key)
        case .lapsed:
            self.logger.warning("this node's lease has lapsed: its rooms may be others'")
            self.node.withState { state in
                state.leasesLost += 1
                state.homes.lapsed()
            }
        default: break
        }
        self.live()
    }

    private func hear(from address: String, _ reason: String) {
        let now = self.now
        guard self.node.withState({ $0.reach.heard(from: address, reason, now: now) }) else { return }
        self.logger.warning(
            "another node cannot reach this one: check NODE_ADDRESS, and what is between them",
            metadata: ["node_address": "\(self.node.address)", "other": "\(address)", "reason": "\(reason)"])
    }

    func tell(_ node: NodeID, _ note: NodeNote) { self.engine.run(note.call(to: node), self.keys) { _ in } }

    // MARK: - Rooms of which this node is home

    private func perform(_ orders: [Homes.Order]) {
        for order in orders { self.perform(order) }
    }

    private func perform(_ order: Homes.Order) {
        switch order {
        case .call(let call, let room, let number): self.perform(call, room, number)
        case .provide(let room):
            let stored = self.rooms?.registry.stored(room)
            self.changeHomes { state, orders in
                if let stored { state.homes.provide(stored, orders: &orders) } else { state.homes.giveUp(room, orders: &orders) }
            }
        case .settled(let room, let outcome):
            if let rooms { rooms.registry.room(room)?.settled(outcome, rooms.loop) }
        case .close(let room, let home):
            self.logger.debug("room is another's", metadata: ["home": "\(home?.text ?? "none")"])
            if let rooms { rooms.registry.close(room, rooms.loop) }
        case .gone(let room):
            if let rooms { rooms.registry.close(room, rooms.loop) }
        }
    }

    private func perform(_ call: RoomCall, _ room: RoomID, _ number: UInt64) {
        switch call {
        case .look(let call): self.run(call, room, number) { .looked($0) }
        case .claim(let call): self.run(call, room, number) { .claimed($0) }
        case .store(let call): self.run(call, room, number) { .stored($0) }
        case .acknowledge(let call): self.run(call, room, number) { .acknowledged($0) }
        case .stand(let call): self.run(call, room, number) { .done($0) }
        case .keep(let call): self.run(call, room, number) { .done($0) }
        case .release(let call): self.run(call, room, number) { .done($0) }
        case .adopt(let call): self.run(call, room, number) { .done($0) }
        }
    }

    private func run<Call: EngineCall>(
        _ call: Call, _ room: RoomID, _ number: UInt64, _ reply: @escaping @Sendable (Call.Reply) -> RoomReply
    ) {
        self.engine.run(call, self.keys) { result in
            let now = self.now
            switch result {
            case .success(let value):
                self.changeHomes { $0.homes.replied(reply(value), to: number, of: room, $0.life.nodes, now: now, orders: &$1) }
            case .failure(let failure):
                guard case .refused(let reason) = failure else { return self.node.withState { $0.homes.unanswered(number, of: room) } }
                self.node.withState { $0.homes.refused(number, of: room, now: now) }
                self.logger.debug("the engine refuses a call", metadata: ["reason": "\(reason)"])
            }
        }
    }

    /// Whether the engine takes what is written: it may be out of memory, which leases do not show.
    private func probe() {
        guard self.now >= self.nextProbe, let name = self.node.withState({ $0.isConnected ? $0.life.name : nil }) else { return }
        self.nextProbe = self.now + Self.probeInterval
        self.engine.run(ProbeCall(node: name), self.keys) { result in
            switch result {
            case .success: self.engineTakes(nil)
            case .failure(.refused(let reason)): self.engineTakes(reason)
            case .failure: break
            }
        }
    }

    private func engineTakes(_ refusal: String?) {
        let before = self.node.withState { state in
            defer { state.engineRefusal = refusal }
            return state.engineRefusal
        }
        if let refusal, before == nil {
            self.logger.warning("the engine refuses what is written; pairs go on, and nobody joins", metadata: ["reason": "\(refusal)"])
        } else if refusal == nil, before != nil {
            self.logger.info("the engine takes what is written again")
        }
    }

    // MARK: - Connections that look for their rooms

    /// - Parameter isServed: Whether a room that is this node's could be taken.
    private func perform(_ orders: [RoomSearches.Order], isServed: Bool = true) {
        for order in orders { self.perform(order, isServed: isServed) }
    }

    private func perform(_ order: RoomSearches.Order, isServed: Bool) {
        let (search, room) = (order.search, order.room)
        switch order.action {
        case .wait: break
        case .passed: self.node.withState { $0.searchers[search] = nil }
        case .claim(let lapsed): self.claim(room, lapsed, search)
        case .lease(let node):
            self.engine.run(LeaseCall(node: node), self.keys) { result in
                let now = self.now
                self.changeSearches { $0.searches.leased(search, try? result.get(), $0.life, now: now, orders: &$1) }
            }
        case .pass(let lease, let within): self.tell(search, .at(lease, within: within), isLast: false)
        case .serveHere(_, _, let took):
            if let took { self.tell(took, .taken(room)) }
            self.tell(search, isServed ? .here : .unavailable(retryAfter: .seconds(10), .tooMany))
        case .refuseAsNotHome:
            let now = self.now
            self.node.withState { $0.homes.refusedAsNotHome(now: now) }
            self.tell(search, .notHome)
        case .unavailable(let retryAfter, let reason): self.tell(search, .unavailable(retryAfter: retryAfter, reason))
        }
    }

    private func tell(_ search: RoomSearches.SearchID, _ news: RoomNews, isLast: Bool = true) {
        let searcher = self.node.withState { state in
            isLast ? state.searchers.removeValue(forKey: search) : state.searchers[search]
        }
        guard let searcher else { return }
        searcher.post.run { _ in searcher.tell(news) }
    }

    private func claim(_ room: RoomID, _ lapsed: NodeID?, _ search: RoomSearches.SearchID) {
        let (name, owner) = self.node.withState { state in
            (state.life.name, state.searches.waiting(for: room).compactMap { state.searchers[$0]?.client }.first)
        }
        // Whose it would be may have left, and others wait for the same claim.
        guard let name, let owner else { return self.claimFailed(search, room) }
        let call = ClaimCall(
            room: room, node: name, lapsed: lapsed, times: self.node.settings.times, mailbox: MailboxID(self.random()), owner: owner)
        self.engine.run(call, self.keys) { result in
            guard case .success(let reply) = result else { return self.claimFailed(search, room) }
            self.claimed(room, reply, by: search)
        }
    }

    /// A room that is this node's is held before anybody can be told so, and is at home in the same moment in which the claim is over: whoever
    /// comes meanwhile waits for the claim, or finds the room.
    private func claimed(_ room: RoomID, _ reply: ClaimCall.Reply, by search: RoomSearches.SearchID) {
        let now = self.now
        let (isNew, isHeld) = self.hold(reply)
        let (orders, isTaken) = self.node.withState { state -> ([RoomSearches.Order], Bool) in
            var orders: [RoomSearches.Order] = []
            swap(&orders, &state.searchOrders)
            state.searches.claimed(search, room: room, reply, state.life, now: now, orders: &orders)
            var isTaken = false
            for case .serveHere(let home, let stored, _) in orders.map(\.action) where stored.name.id == room {
                isTaken = state.homes.take(stored, home, now: now)
            }
            return (orders, isTaken)
        }
        // Nobody is left who wanted it under this name.
        if isNew, isHeld, !isTaken, let rooms { rooms.registry.close(room, rooms.loop) }
        // Where there is no space for it, its home gives it back when nobody has joined.
        self.perform(orders, isServed: isHeld && isTaken)
    }

    /// Holds a room that was claimed, unless it is held: whether it is a new one, and whether it is held.
    private func hold(_ reply: ClaimCall.Reply) -> (isNew: Bool, isHeld: Bool) {
        guard case .claimed(_, let stored) = reply, let rooms else { return (false, true) }
        let (isNew, orders) = self.node.withState { state in
            defer { state.homeOrders = [] }
            return (state.homes.home(of: stored.name.id) == nil, state.homeOrders)
        }
        // One of this name that was given up is closed before.
        self.perform(orders)
        return (isNew, !isNew || rooms.registry.take(stored, clock: self.context.clock))
    }

    private func claimFailed(_ search: RoomSearches.SearchID, _ room: RoomID) {
        let now = self.now
        self.changeSearches { $0.searches.claimFailed(search, room: room, $0.life, now: now, orders: &$1) }
    }

    // MARK: - The end

    func drain() {
        let now = self.now
        self.node.withState { $0.life.drain(now: now) }
        self.live()
    }

    func leave(within limit: TimeSpan, _ done: @escaping @Sendable () -> Void) {
        self.leaving = (self.now + limit, done)
        self.leaveIfDone()
    }

    private func leaveIfDone() {
        // Without the engine nothing can be given back.
        guard let leaving, self.node.withState({ $0.homes.count == 0 || !$0.isConnected }) || self.now >= leaving.until else { return }
        self.leaving = nil
        guard case .leave(let call) = self.node.withState({ $0.life.leave() }) else { return leaving.done() }
        self.engine.run(call, self.keys) { _ in leaving.done() }
    }
}

extension NodeRunner: DeadlineTarget {
    package func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        self.live()
        self.changeSearches { $0.searches.tick($0.life, now: now, orders: &$1) }
        self.changeHomes { $0.homes.tick(now: now, orders: &$1) }
        self.probe()
        self.repeatRedemptions()
        for attempt in self.retries.takeLate(now: now) { attempt(false) }
        self.leaveIfDone()
        self.schedule()
    }
}
