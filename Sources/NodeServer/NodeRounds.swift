package import ByteStreams
import EngineScripts
import Logging
import NodeCore
import NodeRuntime
import PassThrough
package import TimeKeeping

/// What a node does now and then for the connections of one loop that other nodes have a part in. Used on its loop only.
///
/// `@unchecked Sendable`, as its closures run on that loop, too.
package final class NodeRounds: DeadlineTarget, @unchecked Sendable {
    private let rooms: NodeRooms
    private let context: LoopContext
    /// On one loop of all, the other nodes are looked for.
    private let checksReach: Bool
    private var checked: [NodeID: MonotonicTime] = [:]
    /// Nodes that drain, and when their clients are to be gone.
    private var draining: [NodeID: MonotonicTime] = [:]
    /// Addresses at which no node is any more, and when it is looked whether anybody is.
    private var missing: [String: MonotonicTime] = [:]

    private static let interval = TimeSpan.milliseconds(500)
    /// Between two looks at one node.
    private static let pause = TimeSpan.seconds(20)
    /// From what a node's clients are told to their being closed.
    private static let notice = TimeSpan.milliseconds(500)
    /// A node that lost its lease may be one anew in a moment, and keeps its connections.
    private static let absence = TimeSpan.seconds(3)

    package init(_ rooms: NodeRooms, checksReach: Bool, on context: LoopContext) {
        self.rooms = rooms
        self.checksReach = checksReach
        self.context = context
    }

    package func begin() { _ = self.context.timers.schedule(self, at: self.context.clock.now() + Self.interval) }

    package func deadlineReached(now: MonotonicTime) {
        let others = self.rooms.node.others
        self.endThoseOfDraining(others, now)
        self.endThoseOfMissing(others, now)
        if self.checksReach { self.checkReach(of: others, now) }
        self.begin()
    }

    // MARK: - Clients of nodes that drain

    /// A node that drains cannot tell its clients anything whose rooms are here: it does not know where their frames end.
    private func endThoseOfDraining(_ others: [NodeLease], _ now: MonotonicTime) {
        let present = Set(others.filter(\.isDraining).map(\.node))
        self.draining = self.draining.filter { present.contains($0.key) }
        for node in present {
            let theirs = self.context.connections.all.filter { $0.passing == .by(node.number) }
            guard let end = self.draining[node] else {
                self.draining[node] = now + Self.notice
                let longest = 500 + min(30_000, max(1000, theirs.count))
                for connection in theirs { connection.announceDrain(reconnectAfterMilliseconds: .random(in: 500...longest)) }
                continue
            }
            if now >= end { for connection in theirs { connection.drain() } }
        }
    }

    // MARK: - Rooms of nodes that are gone

    private func endThoseOfMissing(_ others: [NodeLease], _ now: MonotonicTime) {
        // Without the engine nobody knows which nodes there are.
        guard self.rooms.isReady, self.rooms.openPassedOn > 0 else {
            self.missing = [:]
            return
        }
        let present = Set(others.map(\.address))
        let passed = self.context.connections.all.compactMap { connection -> (any DrainableConnection, String)? in
            guard case .to(let address)? = connection.passing, !present.contains(address) else { return nil }
            return (connection, address)
        }
        self.missing = Dictionary(passed.map { ($0.1, self.missing[$0.1] ?? now + Self.absence) }) { $1 }
        for (address, due) in self.missing where now >= due {
            self.missing[address] = now + Self.absence
            self.endIfSilent(address)
        }
    }

    /// One that is cut off from the engine alone goes on serving those that it has; one that stands still does not.
    private func endIfSilent(_ address: String) {
        let nobody = NodeLease(node: NodeID(0), address: address, left: .seconds(0), isDraining: false)
        self.look(at: nobody) { outcome in
            guard case .silent = outcome else { return }
            for connection in self.context.connections.all where connection.passing == .to(address) { connection.abort() }
        }
    }

    // MARK: - Whether the others can be reached

    private func checkReach(of others: [NodeLease], _ now: MonotonicTime) {
        let present = Set(others.map(\.node))
        self.checked = self.checked.filter { present.contains($0.key) }
        for lease in others where !lease.isDraining {
            if let last = self.checked[lease.node], now - last < Self.pause { continue }
            self.checked[lease.node] = now
            self.check(lease)
        }
    }

    private func check(_ lease: NodeLease) {
        self.look(at: lease) { outcome in
            switch outcome {
            case .reached: break
            case .another(let fault), .silent(let fault): self.tell(lease, fault)
            }
        }
    }

    private func look(at lease: NodeLease, _ done: @escaping (ReachCheck.Outcome) -> Void) {
        self.rooms.directory.find(lease, in: self.context) { result in
            switch result {
            case .failure(let fault): done(.silent(fault.description))
            case .success(let home):
                ReachCheck(by: self.rooms.name, home, self.rooms.credentials, self.rooms.settings, self.context).begin(done)
            }
        }
    }

    private func tell(_ lease: NodeLease, _ fault: String) {
        let node = self.rooms.node
        node.tell(lease.node, .unreached(by: node.address.isEmpty ? "-" : node.address, fault))
        self.rooms.logger.debug("another node is not reached", metadata: ["other": "\(lease.address)", "reason": "\(fault)"])
    }
}
