package import ByteStreams
package import EngineScripts
import NIOConcurrencyHelpers
package import NetworkAddresses
package import NodeCore
import RESPClient
package import SignalingCore
package import SignalingRuntime
package import SignalingWire
package import TimeKeeping

/// This process as one of several nodes, as all its loops see it. What they ask is decided at once, under a lock; what has to be done for it is
/// done by `NodeRunner`, on one loop.
package final class Node: RoomJournal {
    package struct Settings: Sendable {
        /// Where the other nodes reach this one; empty where there are none.
        package var address: String
        /// The key that all nodes get, if this is the first of them.
        package var key: String
        package var keys: EngineKeys
        package var times: RoomTimes
        package var bounds: CodeBounds

        package init(address: String, key: String, keys: EngineKeys, times: RoomTimes, bounds: CodeBounds) {
            self.bounds = bounds
            self.address = address
            self.key = key
            self.keys = keys
            self.times = times
        }
    }

    let settings: Settings
    private let loop: any StreamLoop
    private let state: NIOLockedValueBox<NodeState>
    /// Touched on the node's loop only: every way there is a task of that loop.
    nonisolated(unsafe) private weak var runner: NodeRunner?

    init(_ settings: Settings, loop: any StreamLoop, now: MonotonicTime) {
        self.settings = settings
        self.loop = loop
        self.state = NIOLockedValueBox(
            NodeState(
                life: NodeLife(address: settings.address, key: settings.key, now: now), homes: Homes(times: settings.times)))
    }

    func withState<Result>(_ body: (inout NodeState) -> Result) -> Result { self.state.withLockedValue { body(&$0) } }

    func attach(_ runner: NodeRunner) { self.runner = runner }

    /// Has the runner look at what there is to do, unless it is to do so already.
    private func wakeRunner() {
        self.loop.execute { self.runner?.work() }
    }

    /// Makes a change that leaves the runner something to do, and sees to it that it does.
    private func change(_ body: (inout NodeState) -> Void) {
        let isFirst = self.withState { state -> Bool in
            body(&state)
            return state.noteTask()
        }
        if isFirst { self.wakeRunner() }
    }

    // MARK: - Connections that arrive

    package enum Arrival: Sendable, Equatable {
        /// The room is here, and the connection is expected.
        case here
        /// It is to be asked for, with `find`.
        case elsewhere
        case notHome
        case unavailable(retryAfter: TimeSpan, RoomSearch.Reason)
    }

    /// A connection is here for a room. `isPassedHere`: another node takes this one for its home.
    package func arrival(for room: RoomID, isPassedHere: Bool, now: MonotonicTime) -> Arrival {
        self.withState { state in
            let standing = state.homes.standing(of: room, state.life, now: now)
            if state.life.isDraining { return isPassedHere ? .notHome : .unavailable(retryAfter: .seconds(1), .draining) }
            switch standing {
            case .home:
                state.homes.expect(room, now: now)
                return .here
            case .inDoubt: return .unavailable(retryAfter: .seconds(1), .engineAway)
            case .notHome: return .elsewhere
            }
        }
    }

    /// Finds out where a room is that is not here. What is found is told on this loop, not from within: news until `here`, `notHome` or
    /// `unavailable`, which are the last. Nil where it has come here meanwhile, which is told too.
    package func find(
        _ room: RoomID, for client: ClientAddress, isPassedHere: Bool, _ loop: SignalingLoop,
        _ tell: @escaping @Sendable (RoomNews) -> Void
    ) -> RoomSearches.SearchID? {
        let now = loop.clock.now()
        let (id, isFirst) = self.withState { state -> (RoomSearches.SearchID?, Bool) in
            if !state.life.isDraining, state.homes.standing(of: room, state.life, now: now) == .home {
                state.homes.expect(room, now: now)
                return (nil, false)
            }
            let id = state.searches.begin(
                room, isPassedHere: isPassedHere, state.life, now: now, orders: &state.searchOrders)
            state.searchers[id] = NodeState.Searcher(client: client, post: loop.post, tell: tell)
            return (id, state.noteTask())
        }
        if id == nil { loop.post.run { _ in tell(.here) } }
        if isFirst { self.wakeRunner() }
        return id
    }

    /// What came of asking the node that `RoomNews.at` named.
    package func passed(_ search: RoomSearches.SearchID, _ outcome: RoomSearch.PassOutcome, now: MonotonicTime) {
        self.change { $0.searches.passed(search, outcome, $0.life, now: now, orders: &$0.searchOrders) }
    }

    /// Its client has left.
    package func cancel(_ search: RoomSearches.SearchID) {
        self.withState { state in
            state.searches.cancel(search)
            state.searchers[search] = nil
        }
    }

    /// Another node asks for a room, and this one is about to end.
    package func giveUp(_ room: RoomID) {
        self.change { $0.homes.giveUp(room, orders: &$0.homeOrders) }
    }

    // MARK: - What rooms keep

    package var followsEveryRoom: Bool { true }

    package func record(_ item: StoredItem, for room: Room, _ loop: SignalingLoop) -> JournalPosition? {
        let (position, isFirst) = self.withState { state -> (JournalPosition?, Bool) in
            guard let position = state.homes.record(item, now: loop.clock.now()) else { return (nil, false) }
            return (position, state.noteTask())
        }
        // When the loop has dealt with what came in: what all of it leads to is written together.
        if isFirst { loop.context.touch(self) }
        return position
    }

    package func note(_ change: StoredChange, in room: RoomID, now: MonotonicTime) {
        self.change { $0.homes.note(change, in: room, now: now) }
    }

    // MARK: - What others want to know

    /// The key that the nodes have together, and the names that others may know this one by, the present one first.
    package var identity: (key: String, names: [NodeID]) { self.withState { ($0.life.key, $0.life.nodes.ownNames) } }

    package var address: String { self.settings.address }

    package func isReady(now: MonotonicTime) -> Bool { self.withState { $0.isReady(now: now) } }

    /// Why the engine is not connected; nil if it is.
    package var engineFault: String? { self.withState { $0.engineFault } }
    /// What the engine says to what is written; nil where it takes it.
    package var engineRefusal: String? { self.withState { $0.engineRefusal } }

    package var roomCount: Int { self.withState { $0.homes.count } }
    package var leasesLost: Int { self.withState { $0.leasesLost } }

    /// The other nodes.
    package var others: [NodeLease] {
        self.withState { state in state.life.nodes.leases.values.filter { !state.life.nodes.isOwn($0.node) } }
    }

    package func complaints(now: MonotonicTime) -> [NodeReach.Complaint] { self.withState { $0.reach.current(now: now) } }

    /// Lets another node know something, if it can be told.
    package func tell(_ node: NodeID, _ note: NodeNote) {
        self.run { $0.tell(node, note) }
    }

    /// Does something on the node's loop, as long as there is one.
    func run(_ body: @escaping @Sendable (NodeRunner) -> Void) {
        self.loop.execute {
            guard let runner = self.runner else { return }
            body(runner)
            // What it asks of the engine is sent by that.
            runner.context.flushTouched()
        }
    }

    // MARK: - The end

    /// The node gives its rooms to those who ask.
    package func drain() { self.run { $0.drain() } }

    /// Ends being a node when its rooms are released, or after this time; returns then.
    package func leave(within limit: TimeSpan) async {
        await withCheckedContinuation { continuation in self.leave(within: limit) { continuation.resume() } }
    }

    /// The same; `done` is called once, on the node's loop.
    package func leave(within limit: TimeSpan, _ done: @escaping @Sendable () -> Void) {
        self.loop.execute {
            guard let runner = self.runner else { return done() }
            runner.leave(within: limit, done)
            runner.context.flushTouched()
        }
    }
}

extension Node: LoopWakeable {
    package func wake(from context: LoopContext) { self.wakeRunner() }
}

extension NodeState {
    /// There is something to do; true if the runner does not know yet.
    mutating func noteTask() -> Bool {
        defer { self.isTaskDue = true }
        return !self.isTaskDue
    }
}
