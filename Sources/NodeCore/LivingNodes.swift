package import EngineScripts
package import TimeKeeping

/// How long things last among nodes.
package enum NodeTimes {
    /// Of a lease, from its last renewal.
    package static let life = TimeSpan.seconds(10)
    package static let renewal = TimeSpan.seconds(1)
    /// Whoever accepts no connections and has not renewed its lease for so long can be taken rooms from.
    package static let silence = TimeSpan.seconds(3)
    /// How long a node that entered anew takes no rooms: the engine may have lost all of them, and their homes write them again first.
    package static let adoption = TimeSpan.seconds(3)
}

/// The nodes whose leases lasted, as this node was told last.
package struct LivingNodes: Sendable, Equatable {
    /// This node's own names: the present one, if it has any, and those that have lapsed.
    package private(set) var own: NodeID?
    private var former: [NodeID] = []
    package private(set) var leases: [NodeID: NodeLease] = [:]
    package private(set) var told: MonotonicTime?

    /// Names that are remembered. Rooms that have an older one were looked at, each time, under those that came since.
    private static let mostFormer = 8

    package init() {}

    package subscript(node: NodeID) -> NodeLease? { self.leases[node] }
    /// It gives its rooms to those who ask.
    package func isDraining(_ node: NodeID) -> Bool { self.leases[node]?.isDraining == true }
    /// A name that this process had, and nobody has any more.
    package func wasOwn(_ node: NodeID) -> Bool { self.former.contains(node) }
    package func isOwn(_ node: NodeID) -> Bool { node == self.own || self.wasOwn(node) }
    /// What others may take this process for, the present name first.
    package var ownNames: [NodeID] { (self.own.map { [$0] } ?? []) + self.former.reversed() }

    package mutating func tell(_ leases: [NodeLease], now: MonotonicTime) {
        self.leases = Dictionary(leases.map { ($0.node, $0) }) { $1 }
        self.told = now
    }

    mutating func take(_ name: NodeID) { self.own = name }

    mutating func dropOwn() {
        guard let name = self.own.take() else { return }
        self.former.append(name)
        if self.former.count > Self.mostFormer { self.former.removeFirst() }
    }
}
