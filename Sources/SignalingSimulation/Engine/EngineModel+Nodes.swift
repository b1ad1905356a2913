package import EngineScripts
package import TimeKeeping

extension EngineModel {
    package mutating func run(_ call: EnterCall, now: Int64) -> String {
        self.nodes.nodes = self.nodes.nodes.filter { $0.value.end > now }
        self.nodes.nodes[call.node] = .init(end: now + call.life.milliseconds, address: call.address)
        let key = self.nodes.key ?? call.key
        self.nodes.key = key
        return key
    }

    package mutating func run(_ call: RenewCall, now: Int64) -> RenewCall.Reply {
        guard var node = self.lasting(call.node, now: now) else {
            self.nodes.nodes[call.node] = nil
            return .lapsed
        }
        node.end = now + call.life.milliseconds
        node.isDraining = call.isDraining
        self.nodes.nodes[call.node] = node
        let inbox = self.nodes.inboxes.removeValue(forKey: call.node) ?? []
        let others = self.nodes.nodes.filter { $0.value.end > now }.sorted { ($0.value.end, $0.key.text) < ($1.value.end, $1.key.text) }
        return .renewed(
            inbox: inbox,
            others.map { id, node in
                NodeLease(node: id, address: node.address, left: .milliseconds(node.end - now), isDraining: node.isDraining)
            })
    }

    package func run(_ call: LeaseCall, now: Int64) -> TimeSpan {
        self.lasting(call.node, now: now).map { .milliseconds($0.end - now) } ?? .milliseconds(0)
    }

    package mutating func run(_ call: NotifyCall, now: Int64) -> Bool {
        guard self.lasting(call.node, now: now) != nil else { return false }
        guard self.nodes.inboxes[call.node]?.count ?? 0 < NotifyCall.mostNotes else { return false }
        self.nodes.inboxes[call.node, default: []].append(call.note)
        return true
    }

    package func run(_ call: ProbeCall, now: Int64) -> Bool { true }

    package mutating func run(_ call: LeaveCall, now: Int64) -> Bool {
        self.nodes.nodes[call.node] = nil
        self.nodes.inboxes[call.node] = nil
        return true
    }

    private func lasting(_ node: NodeID, now: Int64) -> NodesModel.Node? { self.nodes.nodes[node].flatMap { $0.end > now ? $0 : nil } }
}
