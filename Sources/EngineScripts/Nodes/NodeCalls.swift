package import RESPCore
package import TimeKeeping

/// A node as the others see it.
package struct NodeLease: Sendable, Equatable {
    package let node: NodeID
    /// Where the other nodes reach it.
    package let address: String
    package let left: TimeSpan
    /// It is about to end, and gives its rooms to those who ask.
    package let isDraining: Bool

    package init(node: NodeID, address: String, left: TimeSpan, isDraining: Bool) {
        self.node = node
        self.address = address
        self.left = left
        self.isDraining = isDraining
    }
}

/// A process begins to be a node. The reply is the key by which all nodes know each other: that of the first, or the one offered.
package struct EnterCall: EngineCall, Equatable {
    package let node: NodeID
    package let life: TimeSpan
    package let address: String
    package let key: String

    package init(node: NodeID, life: TimeSpan, address: String, key: String) {
        self.node = node
        self.life = life
        self.address = address
        self.key = key
    }

    package var script: EngineScript { .enter }
    package func keys(_ names: EngineKeys) -> [String] { names.nodes(inboxOf: self.node) }
    package var arguments: [RESPArgument] {
        [.text(self.node.text), .integer(Int(self.life.milliseconds)), .text(self.address), .text(self.key)]
    }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> String {
        guard let key = value.text else { throw UnexpectedReply(script: self.script) }
        return key
    }
}

package struct RenewCall: EngineCall, Equatable {
    package enum Reply: Sendable, Equatable {
        /// What others had to say, and all nodes whose lease lasts.
        case renewed(inbox: [String], [NodeLease])
        /// The lease is over, for good: the rooms of this node may be others'.
        case lapsed
    }

    package let node: NodeID
    package let life: TimeSpan
    package let isDraining: Bool

    package init(node: NodeID, life: TimeSpan, isDraining: Bool) {
        self.node = node
        self.life = life
        self.isDraining = isDraining
    }

    package var script: EngineScript { .renew }
    package func keys(_ names: EngineKeys) -> [String] { names.nodes(inboxOf: self.node) }
    package var arguments: [RESPArgument] {
        [.text(self.node.text), .integer(Int(self.life.milliseconds)), .text(self.isDraining ? "1" : "0")]
    }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Reply {
        var reader = try ReplyReader(value, of: self.script)
        if reader.isAtEnd { return .lapsed }
        let inbox = try reader.list().map { $0.text ?? "" }
        var nodes: [NodeLease] = []
        while !reader.isAtEnd {
            let node = try reader.value(NodeID.init)
            let left = TimeSpan.milliseconds(try reader.integer())
            let entry = try reader.text()
            guard entry.hasPrefix("0 ") || entry.hasPrefix("1 ") else { throw reader.unexpected }
            nodes.append(NodeLease(node: node, address: String(entry.dropFirst(2)), left: left, isDraining: entry.hasPrefix("1")))
        }
        return .renewed(inbox: inbox, nodes)
    }
}

/// What is left of a node's lease; nothing where it has lapsed.
package struct LeaseCall: EngineCall {
    package let node: NodeID

    package init(node: NodeID) { self.node = node }

    package var script: EngineScript { .lease }
    package func keys(_ names: EngineKeys) -> [String] { names.nodes(inboxOf: self.node) }
    package var arguments: [RESPArgument] { [.text(self.node.text)] }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> TimeSpan {
        guard case .integer(let left) = value else { throw UnexpectedReply(script: self.script) }
        return .milliseconds(left)
    }
}

/// Tells a node something, which it learns when it renews its lease. The reply is whether it was told.
package struct NotifyCall: EngineCall {
    /// Notes that a node is told between two renewals.
    package static let mostNotes = 10_000

    package let node: NodeID
    package let note: String

    package init(node: NodeID, note: String) {
        self.node = node
        self.note = note
    }

    package var script: EngineScript { .notify }
    package func keys(_ names: EngineKeys) -> [String] { names.nodes(inboxOf: self.node) }
    package var arguments: [RESPArgument] { [.text(self.node.text), .text(self.note)] }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Bool { try didIt(value, self.script) }
}

/// Asks whether the engine takes what is written: one that is full refuses this, and goes on with leases.
package struct ProbeCall: EngineCall, Equatable {
    package let node: NodeID

    package init(node: NodeID) { self.node = node }

    package var script: EngineScript { .probe }
    package func keys(_ names: EngineKeys) -> [String] { names.nodes(inboxOf: self.node) }
    package var arguments: [RESPArgument] { [.text(self.node.text)] }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Bool { try didIt(value, self.script) }
}

/// A process is no node any more.
package struct LeaveCall: EngineCall, Equatable {
    package let node: NodeID

    package init(node: NodeID) { self.node = node }

    package var script: EngineScript { .leave }
    package func keys(_ names: EngineKeys) -> [String] { names.nodes(inboxOf: self.node) }
    package var arguments: [RESPArgument] { [.text(self.node.text)] }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Bool { try didIt(value, self.script) }
}
