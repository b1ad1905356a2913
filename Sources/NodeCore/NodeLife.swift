package import EngineScripts
package import TimeKeeping

/// A node's lease: how a process becomes a node, stays one, learns that it was none for a while, and ends. Pure.
///
/// What the node believes is counted from when it *sent* a renewal, as the engine ran it no earlier: by its own clock the lease ends no later than
/// by the engine's.
package struct NodeLife: Sendable {
    /// What is to be done now. Each call comes to a reply or to `failed`, with the time at which it was sent.
    package enum Action: Sendable, Equatable {
        /// Nothing, until `next`.
        case wait
        case enter(EnterCall, sent: MonotonicTime)
        case renew(RenewCall, sent: MonotonicTime)
        /// The lease is renewed. Rooms that others took, as their notes say, are to be looked at; `allInDoubt`: all are, as any may have been
        /// taken.
        case renewed([NodeNote], allInDoubt: Bool)
        /// It has a new name. All rooms are to be looked at, and redemptions repeated: what the engine has may be older than they are.
        case revalidate(as: NodeID)
        /// The name it had is nobody's any more: only those who are attached are served, and nothing is stored, until it has another.
        case lapsed
        case leave(LeaveCall)
    }

    package enum State: Sendable, Equatable {
        case outside
        case entering(NodeID)
        case living(NodeID)
        case left
    }

    /// Before the engine is asked again that refused a call.
    private static let pause = TimeSpan.milliseconds(250)

    package private(set) var state = State.outside
    package private(set) var nodes = LivingNodes()
    package private(set) var isDraining = false
    /// The key that all nodes share.
    package private(set) var key: String
    /// When to call `tick`; nil while something else has to happen first.
    package private(set) var next: MonotonicTime?
    private let address: String
    private var isConnected = false
    /// Whether the lease was renewed on this connection to the engine: another connection may be to an engine that knows less.
    private var isConfirmed = false
    /// When the last renewal was sent that came to something.
    private var renewed: MonotonicTime?
    private var isReplyLost = false
    /// When the call was sent whose reply is awaited.
    private var called: MonotonicTime?
    private var mayTakeRooms: MonotonicTime

    package init(address: String, key: String, now: MonotonicTime) {
        self.address = address
        self.key = key
        self.mayTakeRooms = now
    }

    /// The name that the node has now.
    package var name: NodeID? { if case .living(let name) = self.state { name } else { nil } }

    /// The node's lease lasts, by its own clock.
    package func isLiving(now: MonotonicTime) -> Bool {
        guard self.name != nil, let renewed = self.renewed else { return false }
        return now < renewed + NodeTimes.life
    }

    /// No room can have been taken from this node, by its own clock.
    package func isUndisputed(now: MonotonicTime) -> Bool {
        guard self.name != nil, let renewed = self.renewed else { return false }
        return now < renewed + NodeTimes.silence
    }

    /// Why no room can be taken now; nil if one can.
    package func obstacle(now: MonotonicTime) -> RoomSearch.Reason? {
        if self.isDraining { return .draining }
        if !self.isLiving(now: now) { return .notANode }
        if !self.isConfirmed { return .engineAway }
        return now < self.mayTakeRooms ? .enteredAnew : nil
    }

    /// - Parameter name: One that nobody had, from a random number.
    package mutating func tick(name: NodeID, now: MonotonicTime) -> Action {
        guard self.isConnected, self.called == nil, let next = self.next, now >= next else { return .wait }
        self.next = nil
        switch self.state {
        case .outside, .entering:
            // Another name at each attempt: one that was used could have lapsed.
            self.state = .entering(name)
            self.called = now
            return .enter(EnterCall(node: name, life: NodeTimes.life, address: self.address, key: self.key), sent: now)
        case .living(let own):
            self.called = now
            return .renew(RenewCall(node: own, life: NodeTimes.life, isDraining: self.isDraining), sent: now)
        case .left: return .wait
        }
    }

    package mutating func entered(key: String, sent: MonotonicTime, now: MonotonicTime) -> Action {
        guard case .entering(let name) = self.state, self.called == sent else { return .wait }
        self.called = nil
        self.key = key
        self.state = .living(name)
        self.renewed = sent
        self.isReplyLost = false
        self.nodes.take(name)
        // Who the others are, a renewal tells.
        self.next = now
        return .revalidate(as: name)
    }

    package mutating func replied(_ reply: RenewCall.Reply, sent: MonotonicTime, now: MonotonicTime) -> Action {
        guard case .living = self.state, self.called == sent else { return .wait }
        self.called = nil
        switch reply {
        case .renewed(let inbox, let leases):
            self.nodes.tell(leases, now: now)
            // The engine ran the renewal before no earlier than it was sent, and this one no later than now.
            let wasSilent = self.renewed.map { now - $0 >= NodeTimes.silence } ?? false
            let allInDoubt = wasSilent || self.isReplyLost
            self.renewed = sent
            self.isReplyLost = false
            self.isConfirmed = true
            self.next = max(now, sent + NodeTimes.renewal)
            return .renewed(inbox.compactMap(NodeNote.init), allInDoubt: allInDoubt)
        case .lapsed:
            self.nodes.dropOwn()
            self.state = .outside
            self.renewed = nil
            self.isConfirmed = false
            self.mayTakeRooms = now + NodeTimes.adoption
            self.next = now
            return .lapsed
        }
    }

    /// The call had no reply. Whether it was carried out, nobody knows.
    package mutating func failed(sent: MonotonicTime, now: MonotonicTime) {
        guard self.called == sent else { return }
        self.giveUp()
        self.next = now + Self.pause
    }

    package mutating func connected(now: MonotonicTime) {
        self.isConnected = true
        self.isConfirmed = false
        self.next = now
    }

    /// The engine is away, and with it the reply to whatever was called.
    package mutating func disconnected() {
        self.isConnected = false
        self.isConfirmed = false
        self.giveUp()
        self.next = nil
    }

    /// The node gives its rooms to those who ask. The others learn it by its next renewal.
    package mutating func drain(now: MonotonicTime) {
        self.isDraining = true
        if self.next != nil { self.next = now }
    }

    /// The node has no rooms any more.
    package mutating func leave() -> Action {
        defer { self.state = .left }
        guard let name = self.name else { return .wait }
        return .leave(LeaveCall(node: name))
    }

    private mutating func giveUp() {
        // It would have told which rooms others took.
        if self.called != nil { self.isReplyLost = true }
        self.called = nil
    }
}
