package import EngineScripts
package import SignalingCore
package import TimeKeeping

/// Where one connection goes that arrived for a room of which this node is not home. At most six steps, and three seconds. Pure.
package struct RoomSearch: Sendable {
    package enum Action: Sendable, Equatable {
        case claim(lapsed: NodeID?)
        case lease(NodeID)
        case pass(to: NodeLease, within: TimeSpan)
        /// Nothing, until then, or until the living nodes are told.
        case wait(until: MonotonicTime)
        /// This node is the room's home from now on. `took`: from this node, which is to be told.
        case serveHere(RoomHome, StoredRoom, took: NodeID?)
        /// It was passed to this node, which is not the home.
        case refuseAsNotHome
        case unavailable(retryAfter: TimeSpan, Reason)
        /// The home has answered it.
        case passed
    }

    package enum Reason: Sendable, Equatable {
        case draining
        case notANode
        case engineAway
        /// It is the others' turn to write their rooms again.
        case enteredAnew
        case tooMany
        /// The home does not answer, and may not be taken the room from yet.
        case homeSilent
        case tooLate
        case tooManySteps
    }

    package enum PassOutcome: Sendable, Equatable {
        /// The home has answered, whatever.
        case connected
        case refusedDraining
        case refusedNotHome
        case unreachable
        case tooSlow
    }

    private enum State: Equatable {
        case claiming(lapsed: NodeID?)
        /// `isSilent`: it did not accept the connection. Else it is not known.
        case leasing(NodeID, isSilent: Bool)
        case passing(NodeLease)
        case waitingForLapse(NodeID, until: MonotonicTime)
        case waitingForNews(NodeID, until: MonotonicTime)
        case over
    }

    package static let time = TimeSpan.seconds(3)
    package static let mostSteps = 6
    /// Until a home has to answer, so that something else can be done if it does not.
    private static let passTime = TimeSpan.milliseconds(1500)
    /// Until a node that entered just now is known by the next renewal.
    private static let newsTime = NodeTimes.renewal + .milliseconds(200)

    package let deadline: MonotonicTime
    private let isPassedHere: Bool
    private var state = State.over
    private var steps = 0

    package var isOver: Bool { self.state == .over }
    /// The node that it wants to take the room from with the claim that is under way.
    package var wanted: NodeID? { if case .claiming(let lapsed) = self.state { lapsed } else { nil } }

    /// - Parameter isPassedHere: Another node takes this one for the home: it goes no further.
    package init(isPassedHere: Bool = false, now: MonotonicTime) {
        self.isPassedHere = isPassedHere
        self.deadline = now + Self.time
    }

    package mutating func begin() -> Action { self.claim(lapsed: nil) }

    package mutating func claimed(_ reply: ClaimCall.Reply, by own: NodeID, _ nodes: LivingNodes, now: MonotonicTime) -> Action {
        guard case .claiming(let lapsed) = self.state else { return .wait(until: self.deadline) }
        switch reply {
        case .claimed(let epoch, let stored):
            // Under a name that has lapsed meanwhile it is anybody's.
            guard nodes.own == own else { return self.end(.notANode) }
            self.state = .over
            return .serveHere(RoomHome(node: own, epoch: epoch), stored, took: lapsed.flatMap { nodes.isOwn($0) ? nil : $0 })
        case .home(let home): return self.found(home, nodes, now: now)
        }
    }

    private mutating func found(_ home: NodeID, _ nodes: LivingNodes, now: MonotonicTime) -> Action {
        if self.isPassedHere {
            self.state = .over
            return .refuseAsNotHome
        }
        if nodes.wasOwn(home) { return self.claim(lapsed: home) }
        guard let lease = nodes[home] else { return self.lease(home, isSilent: false) }
        return self.pass(to: lease, now: now)
    }

    /// What is left of the lease that was asked for.
    package mutating func leased(_ left: TimeSpan, _ nodes: LivingNodes, now: MonotonicTime) -> Action {
        guard case .leasing(let node, let isSilent) = self.state else { return .wait(until: self.deadline) }
        if left <= .milliseconds(0) || isSilent && nodes.isDraining(node) { return self.claim(lapsed: node) }
        if !isSilent {
            let until = now + Self.newsTime
            guard until < self.deadline else { return self.end(.homeSilent) }
            self.state = .waitingForNews(node, until: until)
            return .wait(until: until)
        }
        let ready = left - (NodeTimes.life - NodeTimes.silence)
        if ready <= .milliseconds(0) { return self.claim(lapsed: node) }
        let until = now + ready
        guard until < self.deadline else {
            self.state = .over
            return .unavailable(retryAfter: ready, .homeSilent)
        }
        self.state = .waitingForLapse(node, until: until)
        return .wait(until: until)
    }

    package mutating func passed(_ outcome: PassOutcome, _ nodes: LivingNodes) -> Action {
        guard case .passing(let lease) = self.state else { return .wait(until: self.deadline) }
        let node = lease.node
        switch outcome {
        case .connected:
            self.state = .over
            return .passed
        case .refusedDraining, .refusedNotHome: return self.claim(lapsed: node)
        // A node that drains accepts no connections, and wants none of its rooms.
        case .unreachable where lease.isDraining || nodes.isDraining(node): return self.claim(lapsed: node)
        case .unreachable, .tooSlow: return self.lease(node, isSilent: true)
        }
    }

    /// Time has passed, or the living nodes were told anew; nil if that changes nothing.
    package mutating func tick(_ nodes: LivingNodes, now: MonotonicTime) -> Action? {
        if self.isOver { return nil }
        if now >= self.deadline { return self.end(.tooLate) }
        switch self.state {
        case .waitingForLapse(let node, _) where nodes.isDraining(node): return self.claim(lapsed: node)
        // Or it is known to have ended by now, which the engine is asked to confirm.
        case .waitingForLapse(let node, let until) where now >= until || nodes[node] == nil: return self.lease(node, isSilent: true)
        case .waitingForNews(let node, let until):
            if let lease = nodes[node] { return self.pass(to: lease, now: now) }
            return now < until ? nil : self.end(.homeSilent)
        default: return nil
        }
    }

    /// Nothing can come of it any more.
    package mutating func end(_ reason: Reason) -> Action {
        self.state = .over
        return .unavailable(retryAfter: .seconds(1), reason)
    }

    private mutating func claim(lapsed: NodeID?) -> Action {
        guard self.step() else { return self.end(.tooManySteps) }
        self.state = .claiming(lapsed: lapsed)
        return .claim(lapsed: lapsed)
    }

    private mutating func lease(_ node: NodeID, isSilent: Bool) -> Action {
        guard self.step() else { return self.end(.tooManySteps) }
        self.state = .leasing(node, isSilent: isSilent)
        return .lease(node)
    }

    private mutating func pass(to lease: NodeLease, now: MonotonicTime) -> Action {
        guard self.step() else { return self.end(.tooManySteps) }
        self.state = .passing(lease)
        return .pass(to: lease, within: min(Self.passTime, self.deadline - now))
    }

    private mutating func step() -> Bool {
        self.steps += 1
        return self.steps <= Self.mostSteps
    }
}
