package import EngineScripts
package import SignalingWire
package import TimeKeeping

/// All searches of a node. Those for one room share a claim: whoever comes while one is under way waits for its reply. Pure.
package struct RoomSearches: Sendable {
    package struct Order: Sendable, Equatable {
        package let search: SearchID
        package let room: RoomID
        package let action: RoomSearch.Action
    }

    package struct SearchID: Hashable, Sendable {
        package let number: UInt64
    }

    private struct Claim {
        /// Which search's reply it is that comes.
        let issuer: SearchID
        let own: NodeID
        let lapsed: NodeID?
        var waiters: [SearchID]
    }

    /// Searches at once, and those among them that wait for one claim.
    package static let most = 4096
    package static let mostWaiters = 64

    private var searches: [SearchID: (room: RoomID, machine: RoomSearch)] = [:]
    private var claims: [RoomID: Claim] = [:]
    private var last: UInt64 = 0

    package init() {}

    package var count: Int { self.searches.count }
    /// Claims whose replies are awaited.
    package var claimCount: Int { self.claims.count }

    /// Searches whose connections are there still, and that wait for the claim of a room.
    package func waiting(for room: RoomID) -> [SearchID] { self.claims[room]?.waiters.filter { self.searches[$0] != nil } ?? [] }

    /// A connection is here for a room of which this node is not home. Its order comes with others.
    @discardableResult
    package mutating func begin(
        _ room: RoomID, isPassedHere: Bool = false, _ life: NodeLife, now: MonotonicTime, orders: inout [Order]
    ) -> SearchID {
        self.last += 1
        let id = SearchID(number: self.last)
        var machine = RoomSearch(isPassedHere: isPassedHere, now: now)
        if isPassedHere, self.claims[room] == nil {
            // Whether the room can be had, the other node asks.
            orders.append(Order(search: id, room: room, action: .refuseAsNotHome))
        } else if self.searches.count >= Self.most || self.claims[room]?.waiters.count ?? 0 >= Self.mostWaiters {
            orders.append(Order(search: id, room: room, action: machine.end(.tooMany)))
        } else {
            let action = machine.begin()
            self.searches[id] = (room, machine)
            self.carry(out: action, of: id, life, now, &orders)
        }
        return id
    }

    /// The reply to the claim that this search was told to make.
    package mutating func claimed(
        _ search: SearchID, room: RoomID, _ reply: ClaimCall.Reply, _ life: NodeLife, now: MonotonicTime, orders: inout [Order]
    ) {
        guard let claim = self.take(claimOf: search, room) else { return }
        for id in claim.waiters {
            // Some know more than whoever asked: that this home does not want the room.
            if case .home(let home) = reply, claim.lapsed != home, self.searches[id]?.machine.wanted == home {
                self.carry(out: .claim(lapsed: home), of: id, life, now, &orders)
            } else {
                self.change(id, life, now, &orders) { $0.claimed(reply, by: claim.own, life.nodes, now: now) }
            }
        }
    }

    /// The claim that this search was told to make had no reply.
    package mutating func claimFailed(_ search: SearchID, room: RoomID, _ life: NodeLife, now: MonotonicTime, orders: inout [Order]) {
        guard let claim = self.take(claimOf: search, room) else { return }
        for id in claim.waiters { self.change(id, life, now, &orders) { $0.end(.engineAway) } }
    }

    /// What is left of the lease that it asked for; nil where that had no reply.
    package mutating func leased(_ search: SearchID, _ left: TimeSpan?, _ life: NodeLife, now: MonotonicTime, orders: inout [Order]) {
        self.change(search, life, now, &orders) { search in left.map { search.leased($0, life.nodes, now: now) } ?? search.end(.engineAway)
        }
    }

    package mutating func passed(
        _ search: SearchID, _ outcome: RoomSearch.PassOutcome, _ life: NodeLife, now: MonotonicTime, orders: inout [Order]
    ) { self.change(search, life, now, &orders) { $0.passed(outcome, life.nodes) } }

    /// Its client has left.
    package mutating func cancel(_ search: SearchID) { self.searches[search] = nil }

    /// Time has passed, or the living nodes were told anew.
    package mutating func tick(_ life: NodeLife, now: MonotonicTime, orders: inout [Order]) {
        for id in self.sorted { self.change(id, life, now, &orders) { $0.tick(life.nodes, now: now) } }
    }

    /// As they came, so that whoever came first is served first.
    private var sorted: [SearchID] { self.searches.keys.sorted { $0.number < $1.number } }

    private mutating func take(claimOf search: SearchID, _ room: RoomID) -> Claim? {
        guard self.claims[room]?.issuer == search else { return nil }
        return self.claims.removeValue(forKey: room)
    }

    private mutating func change(
        _ id: SearchID, _ life: NodeLife, _ now: MonotonicTime, _ orders: inout [Order],
        _ body: (inout RoomSearch) -> RoomSearch.Action?
    ) {
        guard
            let action = self.searches[id].flatMap({ search in
                var machine = search.machine
                defer { self.searches[id]?.machine = machine }
                return body(&machine)
            })
        else { return }
        self.carry(out: action, of: id, life, now, &orders)
    }

    private mutating func carry(
        out action: RoomSearch.Action, of id: SearchID, _ life: NodeLife, _ now: MonotonicTime, _ orders: inout [Order]
    ) {
        guard let (room, found) = self.searches[id] else { return }
        var (machine, action) = (found, action)
        if case .claim(let lapsed) = action {
            if let obstacle = life.obstacle(now: now) {
                action = machine.end(obstacle)
            } else if self.claims[room] != nil {
                self.claims[room]?.waiters.append(id)
                return
            } else if let own = life.name {
                self.claims[room] = Claim(issuer: id, own: own, lapsed: lapsed, waiters: [id])
            }
        }
        if machine.isOver { self.searches[id] = nil }
        orders.append(Order(search: id, room: room, action: action))
    }
}
