import EngineScripts
import NIOCore
import NetworkAddresses
import NodeCore
import SignalingCore
import SignalingSimulation
import SignalingWire
import TimeKeeping
import WebSocketCore

/// A process that is a node: the machines, and rooms as the runtime has them.
final class SimulatedNode {
    unowned let world: NodeWorld
    let address: String
    private let skew: Int64
    private(set) var isAlive = true
    private(set) var isStopped = false
    private(set) var isLeaving = false
    /// Since when it is awake and connected, with an engine that runs; nil while it is not.
    private(set) var wokeAt: Int64
    private(set) var linkedAt: Int64 = .max
    private(set) var link: EngineLink?
    private(set) var life: NodeLife
    private(set) var searches = RoomSearches()
    private(set) var homes = Homes(times: NodeWorld.times)
    private var rooms: [RoomID: RoomState] = [:]
    private var attached: [ConnectionID: Attachment] = [:]
    private var asking: [RoomSearches.SearchID: Asking] = [:]
    /// Connections that are about to join, and when it was said that their room is here.
    private var joining: [Int: (room: RoomID, since: Int64)] = [:]
    private var backlog: [() -> Void] = []
    /// Since when it is home of each room, or was last.
    private(set) var homeSince: [RoomID: Int64] = [:]

    /// A client's connection at its home.
    final class Attachment {
        let client: SimulatedClient
        let number: Int
        let room: RoomID
        let side: Side
        let id: ConnectionID
        weak var node: SimulatedNode?
        var isOpen = true

        init(_ client: SimulatedClient, number: Int, id: ConnectionID, node: SimulatedNode) {
            self.node = node
            self.client = client
            self.number = number
            self.room = client.room
            self.side = client.side
            self.id = id
        }
    }

    /// A connection for which it is yet to be found out where it goes.
    struct Asking {
        let client: SimulatedClient
        let number: Int
        let began: Int64
        /// For one that another node passed here.
        let outcome: ((RoomSearch.PassOutcome) -> Void)?
    }

    init(_ world: NodeWorld, address: String) {
        self.world = world
        self.address = address
        self.wokeAt = world.now
        self.skew = Int64(world.random(0...3)) * 3_600_000
        self.life = NodeLife(address: address, key: address, now: MonotonicTime(nanoseconds: 0) + .milliseconds(self.skew + world.now))
        self.connect()
        self.tick(in: Int64(world.random(0...150)))
    }

    var now: MonotonicTime { MonotonicTime(nanoseconds: 0) + .milliseconds(self.skew + self.world.now) }
    func standing(of room: RoomID) -> Homes.Standing { self.homes.standing(of: room, self.life, now: self.now) }
    var isAwake: Bool { self.isAlive && !self.isStopped }
    var isDraining: Bool { self.life.isDraining }
    /// Whether connections reach it.
    var accepts: Bool { self.isAlive && !(self.isDraining && self.world.drainingRefuses) }
    var text: String { "\(self.address)(\(self.life.name.map { String($0.text.suffix(4)) } ?? "-"))" }

    // MARK: - Running

    /// Runs something in the process, or when it goes on.
    func run(_ body: @escaping () -> Void) {
        guard self.isAlive else { return }
        if self.isStopped { self.backlog.append(body) } else { body() }
    }

    func stop(for span: Int64) {
        self.isStopped = true
        self.world.plan(in: span) { [self] in self.goOn() }
    }

    func goOn() {
        guard self.isAlive, self.isStopped else { return }
        self.world.note("\(self.text) goes on")
        self.isStopped = false
        self.wokeAt = self.world.now
        if self.world.chance(2) { self.turn() }
        let backlog = self.backlog
        self.backlog = []
        for body in backlog { self.run(body) }
    }

    func die() {
        self.isAlive = false
        self.link?.cut(runs: self.world.chance(2), late: self.world.chance(3) ? Int64(self.world.random(1...3000)) : 0)
        self.link = nil
        for attachment in self.attached.values.sorted(by: { $0.number < $1.number }) { self.close(attachment) }
        for asking in self.asking.values.sorted(by: { $0.number < $1.number }) where asking.outcome == nil {
            self.world.plan(in: Int64(self.world.random(1...400))) { asking.client.ended(asking.number) }
        }
    }

    private func tick(in span: Int64) {
        self.world.plan(in: span) { [self] in
            guard self.isAlive else { return }
            if !self.isStopped { self.turn() }
            self.tick(in: 150)
        }
    }

    /// What a loop does several times a second.
    private func turn() {
        self.live()
        var orders: [RoomSearches.Order] = []
        self.searches.tick(self.life, now: self.now, orders: &orders)
        self.perform(orders)
        self.withHomes { $0.tick(now: self.now, orders: &$1) }
        if self.isLeaving, self.homes.count == 0 || self.world.now > self.leavesBy { self.leave() }
    }

    private var leavesBy: Int64 = .max

    func drain() {
        self.life.drain(now: self.now)
        self.live()
        self.world.plan(in: Int64(self.world.random(500...4000))) { [self] in self.run { self.closeAll() } }
    }

    private func closeAll() {
        self.isLeaving = true
        self.leavesBy = self.world.now + 3000
        for attachment in self.attached.values.sorted(by: { $0.number < $1.number }) { self.close(attachment) }
    }

    private func leave() {
        if case .leave(let call) = self.life.leave() { self.link?.call({ $0.run(call, now: $1) }, then: { _ in }) }
        self.world.note("\(self.text) leaves")
        self.world.plan(in: 50) { [self] in
            guard self.isAlive else { return }
            self.die()
            self.world.startLater(self.address)
        }
        self.leavesBy = .max
        self.isLeaving = false
    }

    // MARK: - The engine

    private func connect() {
        guard self.isAlive, self.link == nil else { return }
        if self.world.engine.isDown {
            self.world.plan(in: Int64(self.world.random(50...400))) { [self] in self.run { self.connect() } }
            return
        }
        self.link = EngineLink(self.world, self)
        self.linkedAt = self.world.now
        self.life.connected(now: self.now)
        self.live()
    }

    func linkEnded(_ link: EngineLink, _ failed: [() -> Void]) {
        guard self.isAlive, self.link === link else { return }
        self.world.note("\(self.text) lost the engine")
        self.link = nil
        self.linkedAt = .max
        self.life.disconnected()
        self.homes.pause()
        for fail in failed { fail() }
        self.world.plan(in: Int64(self.world.random(20...800))) { [self] in self.run { self.connect() } }
    }

    private func live() {
        while true {
            switch self.life.tick(name: NodeID(self.world.number()), now: self.now) {
            case .enter(let call, let sent):
                self.link?.call({ $0.run(call, now: $1) }) { [self] key in
                    if let key {
                        self.act(self.life.entered(key: key, sent: sent, now: self.now))
                    } else {
                        self.life.failed(sent: sent, now: self.now)
                    }
                }
            case .renew(let call, let sent):
                self.link?.call({ $0.run(call, now: $1) }) { [self] reply in
                    if let reply {
                        self.act(self.life.replied(reply, sent: sent, now: self.now))
                    } else {
                        self.life.failed(sent: sent, now: self.now)
                    }
                }
            default: return
            }
        }
    }

    private func act(_ action: NodeLife.Action) {
        switch action {
        case .renewed(let notes, let allInDoubt):
            guard let name = self.life.name else { return }
            if allInDoubt { self.world.note("\(self.text) doubts all its rooms") }
            self.withHomes { homes, orders in
                homes.resume(as: name, allInDoubt: allInDoubt, now: self.now)
                for case .taken(let room) in notes { homes.doubt(room) }
                homes.pump(orders: &orders)
            }
            var orders: [RoomSearches.Order] = []
            self.searches.tick(self.life, now: self.now, orders: &orders)
            self.perform(orders)
        case .revalidate(let name):
            self.world.note("\(self.text) has entered")
            self.withHomes { homes, orders in
                homes.resume(as: name, allInDoubt: true, now: self.now)
                homes.pump(orders: &orders)
            }
        case .lapsed:
            self.world.note("\(self.text) has lapsed")
            self.homes.lapsed()
        default: break
        }
        self.live()
    }

    private func withHomes(_ body: (inout Homes, inout [Homes.Order]) -> Void) {
        var orders: [Homes.Order] = []
        body(&self.homes, &orders)
        self.perform(orders)
    }

    private func perform(_ orders: [Homes.Order]) {
        for order in orders {
            switch order {
            case .call(let call, let room, let number): self.perform(call, room, number)
            case .provide(let room):
                guard let stored = self.rooms[room]?.stored(in: room, of: NodeWorld.owner) else { preconditionFailure("no such room") }
                self.withHomes { $0.provide(stored, orders: &$1) }
            case .settled(let room, let outcome):
                self.change(room) { state, actions in _ = state.settled(outcome, actions: &actions) }
                self.deliver(room)
            case .close(let room, let home):
                self.world.note("\(self.text) closes \(room.low): it is \(home.map { String($0.text.suffix(4)) } ?? "nobody")'s")
                self.rooms[room] = nil
                for attachment in self.attached.values.sorted(by: { $0.number < $1.number }) where attachment.room == room {
                    self.close(attachment)
                }
            case .gone(let room):
                self.world.note("\(self.text) released \(room.low)")
                self.rooms[room] = nil
            }
        }
    }

    private func perform(_ call: RoomCall, _ room: RoomID, _ number: UInt64) {
        let replied = { [self] (reply: RoomReply?) in
            self.withHomes { homes, orders in
                if let reply {
                    homes.replied(reply, to: number, of: room, self.life.nodes, now: self.now, orders: &orders)
                } else {
                    homes.unanswered(number, of: room)
                }
            }
        }
        guard let link = self.link else { return replied(nil) }
        self.world.note("\(self.text) calls \(NodeWorld.text(call))")
        switch call {
        case .look(let call): link.call({ $0.run(call, now: $1) }) { replied($0.map { .looked($0) }) }
        case .claim(let call): link.call({ $0.run(call, now: $1) }) { replied($0.map { .claimed($0) }) }
        case .store(let call):
            let world = self.world
            link.call({ model, now in
                let home = model.run(LookCall(room: call.room), now: now)
                let reply = model.run(call, now: now)
                if case .stored = reply { world.check(home == call.home, "room \(room.low) takes items of another than its home") }
                return reply
            }) { replied($0.map { .stored($0) }) }
        case .acknowledge(let call): link.call({ $0.run(call, now: $1) }) { replied($0.map { .acknowledged($0) }) }
        case .stand(let call): link.call({ $0.run(call, now: $1) }) { replied($0.map { .done($0) }) }
        case .keep(let call): link.call({ $0.run(call, now: $1) }) { replied($0.map { .done($0) }) }
        case .release(let call):
            let expected = self.joining.contains { $0.value.room == room && self.world.now - $0.value.since < Homes.joinTime.milliseconds }
            self.world.check(!expected, "\(self.text) releases \(room.low), which somebody is about to join")
            link.call({ $0.run(call, now: $1) }) { replied($0.map { .done($0) }) }
        case .adopt(let call): link.call({ $0.run(call, now: $1) }) { replied($0.map { .done($0) }) }
        }
    }

    // MARK: - Connections that come

    /// A client's connection arrives, or one that another node passes on.
    func arrive(_ client: SimulatedClient, number: Int, outcome: ((RoomSearch.PassOutcome) -> Void)? = nil) {
        switch self.standing(of: client.room) {
        case .home where self.isDraining && outcome != nil:
            self.world.note("\(self.text) gives \(client.room.low) up")
            self.withHomes { $0.giveUp(client.room, orders: &$1) }
            outcome?(.refusedDraining)
        case _ where self.isDraining: if let outcome { outcome(.refusedDraining) } else { client.refused(number) }
        case .home:
            outcome?(.connected)
            self.homes.expect(client.room, now: self.now)
            self.joinLater(client, number)
        case .inDoubt:
            outcome?(.connected)
            client.refused(number)
        case .notHome:
            var orders: [RoomSearches.Order] = []
            let id = self.searches.begin(client.room, isPassedHere: outcome != nil, self.life, now: self.now, orders: &orders)
            self.asking[id] = Asking(client: client, number: number, began: self.world.now, outcome: outcome)
            self.perform(orders)
        }
    }

    private func perform(_ orders: [RoomSearches.Order]) {
        for order in orders { self.perform(order) }
    }

    private func perform(_ order: RoomSearches.Order) {
        guard let asking = self.asking[order.search] else { return }
        let again = { [self] (body: (inout RoomSearches, inout [RoomSearches.Order]) -> Void) in
            var orders: [RoomSearches.Order] = []
            body(&self.searches, &orders)
            self.perform(orders)
        }
        if case .wait = order.action {
        } else {
            self.world.note("\(self.text) for client \(asking.client.text): \(NodeWorld.text(order.action))")
        }
        switch order.action {
        case .wait: break
        case .claim(let lapsed):
            guard let name = self.life.name, let link = self.link else {
                return again { $0.claimFailed(order.search, room: order.room, self.life, now: self.now, orders: &$1) }
            }
            let call = ClaimCall(
                room: order.room, node: name, lapsed: lapsed, times: NodeWorld.times, mailbox: MailboxID(self.world.number()),
                owner: NodeWorld.owner)
            self.world.checkTakeover(of: order.room, from: lapsed)
            link.call({ $0.run(call, now: $1) }) { [self] reply in
                again { searches, orders in
                    if let reply {
                        searches.claimed(order.search, room: order.room, reply, self.life, now: self.now, orders: &orders)
                    } else {
                        searches.claimFailed(order.search, room: order.room, self.life, now: self.now, orders: &orders)
                    }
                }
            }
        case .lease(let node):
            guard let link = self.link else { return again { $0.leased(order.search, nil, self.life, now: self.now, orders: &$1) } }
            link.call({ $0.run(LeaseCall(node: node), now: $1) }) { left in
                again { $0.leased(order.search, left, self.life, now: self.now, orders: &$1) }
            }
        case .pass(let lease, let within):
            var isAnswered = false
            let answer = { [self] (outcome: RoomSearch.PassOutcome) in
                if isAnswered { return }
                isAnswered = true
                self.run { again { $0.passed(order.search, outcome, self.life, now: self.now, orders: &$1) } }
            }
            self.world.plan(in: within.milliseconds) { answer(.tooSlow) }
            self.world.plan(in: self.world.latency()) { [world] in
                guard let home = world.reach(lease.address) else { return answer(.unreachable) }
                home.run {
                    if isAnswered { return }
                    home.arrive(asking.client, number: asking.number) { outcome in world.plan(in: world.latency()) { answer(outcome) } }
                }
            }
        case .serveHere(let home, let stored, let took):
            self.end(order.search)
            // A node that took a room may end before it says so.
            if let took, self.world.chance(2) {
                self.link?.call({ $0.run(NodeNote.taken(order.room).call(to: took), now: $1) }, then: { _ in })
            }
            let isNew = self.standing(of: order.room) == .notHome
            guard self.homes.take(stored, home, now: self.now) else { return asking.client.refused(asking.number) }
            if isNew {
                self.homeSince[order.room] = self.world.now
                self.rooms[order.room] = RoomState(
                    stored, mailboxLimits: Mailbox.Limits(messages: 1000, bytes: 1 << 20), lastActivity: self.now)
            }
            asking.outcome?(.connected)
            self.joinLater(asking.client, asking.number)
        case .refuseAsNotHome:
            self.end(order.search)
            self.homes.refusedAsNotHome(now: self.now)
            asking.outcome?(.refusedNotHome)
        case .unavailable(_, let reason):
            self.world.checkSearch(of: order.room, by: self, began: asking.began, reason)
            self.end(order.search)
            asking.outcome?(.connected)
            asking.client.refused(asking.number)
        case .passed: self.end(order.search)
        }
    }

    private func end(_ search: RoomSearches.SearchID) {
        guard let asking = self.asking.removeValue(forKey: search) else { return }
        let began = max(asking.began, self.wokeAt)
        self.world.check(self.world.now - began <= 3000 + 200, "a search took \(self.world.now - began) ms")
    }

    // MARK: - Rooms

    /// It is this node's room; the connection goes to another loop, and may end on the way.
    private func joinLater(_ client: SimulatedClient, _ number: Int) {
        let delay = Int64(self.world.chance(4) ? self.world.random(1...400) : 0)
        if !self.world.isCalm, self.world.chance(10) {
            self.world.note("client \(client.text) does not join")
            return self.world.plan(in: delay) { client.ended(number) }
        }
        if delay == 0 { return self.join(client, number) }
        self.joining[number] = (client.room, self.world.now)
        self.world.plan(in: delay) { [self] in
            self.run {
                self.joining[number] = nil
                self.join(client, number)
            }
        }
    }

    private func join(_ client: SimulatedClient, _ number: Int) {
        // It may have been lost on the way.
        guard !self.isLeaving, let state = self.rooms[client.room], self.homes.home(of: client.room) != nil else {
            return client.refused(number)
        }
        let id = ConnectionID(UInt64(number))
        guard client.seated(number) else { return }
        let attachment = Attachment(client, number: number, id: id, node: self)
        self.attached[id] = attachment
        self.homes.note(.roomStands(state.mailboxID, RoomStanding(lockedSides: state.lockedSides)), in: client.room, now: self.now)
        client.attachment = attachment
        self.change(client.room) { state, actions in
            _ = state.join(RoomState.Joiner(id: id, sid: client.sid), side: client.side, now: self.now, actions: &actions)
        }
        client.greet()
    }

    func hello(_ attachment: Attachment, deliveredUpTo: UInt64, mailbox: MailboxID?) {
        self.change(attachment.room) { state, actions in
            let named = mailbox.map { NamedMailbox.named($0) } ?? .unknown
            state.hello(
                .init(deliveredUpTo: deliveredUpTo, mailbox: named), from: attachment.id, side: attachment.side, now: self.now,
                actions: &actions)
        }
        self.acknowledge(attachment)
        self.deliver(attachment.room)
    }

    func send(_ attachment: Attachment, ref: UInt64, payload: ByteBuffer) {
        self.change(attachment.room) { state, actions in
            let item = RoomState.NewItem(to: attachment.side.other, payload: payload, ref: ref)
            let outcome = state.send(
                item, from: attachment.id, side: attachment.side, mayStore: true, isStoredLater: true, now: self.now, actions: &actions)
            switch outcome {
            case .numbered:
                guard let item = state.lastUnstored(in: attachment.room, of: NodeWorld.owner) else { return }
                if let position = self.homes.record(item, now: self.now) {
                    state.recorded(at: position)
                } else {
                    state.takeBack()
                    actions.append(.unstored(attachment.id, ref: ref))
                }
            case .mailboxFull: actions.append(.unstored(attachment.id, ref: ref))
            default: break
            }
        }
        self.withHomes { $0.pump(orders: &$1) }
    }

    func delivered(_ attachment: Attachment, upTo seq: UInt64) {
        self.change(attachment.room) { state, _ in state.delivered(from: attachment.id, side: attachment.side, upTo: seq, now: self.now) }
        self.acknowledge(attachment)
    }

    private func acknowledge(_ attachment: Attachment) {
        guard let state = self.rooms[attachment.room] else { return }
        let seq = state.acknowledged(by: attachment.side)
        self.withHomes { homes, orders in
            homes.note(.acknowledged(state.mailboxID, attachment.side, upTo: seq), in: attachment.room, now: self.now)
            homes.pump(orders: &orders)
        }
    }

    private func deliver(_ room: RoomID) {
        self.change(room) { state, actions in
            for side in Side.allCases { _ = state.deliver(to: side, budget: .max, actions: &actions) }
        }
    }

    private func change(_ room: RoomID, _ body: (inout RoomState, inout [RoomAction]) -> Void) {
        guard var state = self.rooms.removeValue(forKey: room) else { return }
        var actions: [RoomAction] = []
        body(&state, &actions)
        self.rooms[room] = state
        for action in actions { self.perform(action) }
    }

    private func perform(_ action: RoomAction) {
        switch action {
        case .item(let id, _, let seq, let payload): self.attached[id].map { $0.client.receive($0, seq: seq, payload: payload) }
        case .accepted(let id, let ref): self.attached[id].map { $0.client.accepted($0, ref: ref) }
        case .unstored(let id, let ref): if let ref { self.attached[id].map { $0.client.unstored($0, ref: ref) } }
        case .mailbox(let id, let mailbox, let seq): self.attached[id].map { $0.client.mailbox($0, mailbox, deliveredUpTo: seq) }
        case .close(let id, _), .expel(let id): if let attachment = self.attached[id] { self.close(attachment) }
        case .roomFull, .peerLeft, .diagnosis, .pairingEnded, .frame, .admit, .probe: break
        }
    }

    /// The home closes it, or its client has.
    func close(_ attachment: Attachment) {
        guard self.attached.removeValue(forKey: attachment.id) != nil else { return }
        self.world.plan(in: Int64(self.world.random(1...300))) { attachment.client.ended(attachment.number) }
        attachment.isOpen = false
        let room = attachment.room
        guard self.isAlive, self.rooms[room] != nil else { return }
        self.change(room) { $0.leave(attachment.id, side: attachment.side, .broken, now: self.now, actions: &$1) }
        self.leaveIfDeserted(room)
    }

    private func leaveIfDeserted(_ room: RoomID) {
        guard let state = self.rooms[room], state.isDeserted else { return }
        let change: StoredChange =
            state.wasUsed
            ? .roomStands(state.mailboxID, RoomStanding(desertedSince: 1, lockedSides: state.lockedSides)) : .forgotten(state.mailboxID)
        self.withHomes { homes, orders in
            homes.note(change, in: room, now: self.now)
            homes.pump(orders: &orders)
        }
    }

    // MARK: - At rest

    func stored(_ room: RoomID) -> StoredRoom? { self.rooms[room]?.stored(in: room, of: NodeWorld.owner) }

    func checkRest() {
        self.world.check(self.searches.count == 0 && self.searches.claimCount == 0, "\(self.text) searches for ever")
        self.world.check(self.homes.callsUnderWay == 0, "\(self.text) has calls under way")
        self.world.check(self.homes.changesWaiting.count == 0 && self.homes.changesWaiting.bytes == 0, "\(self.text) has changes that wait")
        self.world.check(self.asking.isEmpty, "\(self.text) has connections that wait")
    }
}
