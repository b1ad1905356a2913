import NIOCore
import NIOEmbedded
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketCore

/// A connection without a channel: it writes down what it is sent and ordered, as far as its socket is said to take anything.
final class RecordingOwner: OutboxOwner {
    let context: LoopContext
    private(set) var outbox: Outbox?
    var canWrite = true
    private(set) var signals = 0
    private(set) var bytes = ByteBuffer()
    private(set) var chunks: [Int] = []
    private(set) var orders: [Outbox.Orders] = []

    init(id: UInt64, context: LoopContext) {
        self.context = context
        self.outbox = Outbox(id: ConnectionID(id), owner: self, eventLoop: context.eventLoop)
    }

    func outboxSignalled() {
        self.signals += 1
        self.drain()
        // As a connection does: what its own draining led to is passed on at once.
        self.context.flushTouched()
    }

    func drain() {
        while var taken = self.outbox?.take(self.context, canWrite: self.canWrite) {
            if taken.orders != Outbox.Orders() { self.orders.append(taken.orders) }
            guard taken.bytes.readableBytes > 0 else { return }
            self.chunks.append(taken.bytes.readableBytes)
            self.bytes.writeImmutableBuffer(taken.bytes)
            self.context.recycle(&taken.bytes)
        }
    }

    /// What arrived since the last time it was asked for.
    func takeFrames() -> [ReceivedFrame]? {
        defer { self.bytes.clear() }
        return ReceivedFrame.frames(in: self.bytes)
    }

    func takeOrders() -> [Outbox.Orders] {
        defer { self.orders = [] }
        return self.orders
    }

    func close() {
        self.outbox?.close(self.context)
        self.outbox = nil
    }
}

extension Outbox.Orders {
    static func resumes(_ count: Int) -> Outbox.Orders { Self.with { $0.resumes = count } }
    static func closing(_ code: CloseCode) -> Outbox.Orders { Self.with { $0.close = code } }
    static let admitted = Self.with { $0.isAdmitted = true }
    static let probed = Self.with { $0.isProbed = true }
    static let more = Self.with { $0.deliversMore = true }

    private static func with(_ change: (inout Outbox.Orders) -> Void) -> Outbox.Orders {
        var orders = Outbox.Orders()
        change(&orders)
        return orders
    }
}

/// What a server holds in all its rooms; what is not named is expected to be 0.
struct Totals: Equatable {
    var rooms = 0
    var activeRooms = 0
    var peers = 0
    var mailboxMessages = 0
    var mailboxBytes = 0
    var heldBytes = 0
}

extension Totals {
    init(_ hub: Hub) {
        let snapshot = hub.rooms.totals.snapshot
        self.init(
            rooms: snapshot.rooms, activeRooms: snapshot.activeRooms, peers: snapshot.peers, mailboxMessages: snapshot.mailboxMessages,
            mailboxBytes: snapshot.mailboxBytes, heldBytes: snapshot.heldBytes)
    }
}

/// One event loop's share of a server, with a clock and a loop that stand still.
final class RuntimeWorld {
    let loop = EmbeddedEventLoop()
    let clock = ManualClock()
    let hub: Hub
    let context: LoopContext
    private var lastID: UInt64 = 0

    init(
        maxRooms: Int = 1_000, roomTTL: TimeSpan = .minutes(10), messages: Int = 1_000, maxStored: Int = 1 << 30,
        limits: ClientLimits.Settings = .init(httpPerMinute: 0, wsPerMinute: 0, redeemFailuresPerMinute: 0),
        codes: CodeService.Settings = .init(digits: 4, digitsMax: 4, ttl: .minutes(10))
    ) {
        self.hub = Hub(
            settings: .init(
                rooms: .init(maxRooms: maxRooms, roomTTL: roomTTL, mailbox: .init(messages: messages, bytes: 4 << 20)),
                codes: codes, limits: limits, maxStoredBytes: maxStored),
            maxConnections: .init(webSockets: 100, sockets: 100), loops: 1, clock: self.clock.serverClock)
        self.context = LoopContext(
            eventLoop: self.loop, clock: self.clock.serverClock, metrics: self.hub.metricsShard(loop: 0))
    }

    var rooms: RoomRegistry { self.hub.rooms }
    var totals: Totals { Totals(self.hub) }

    /// The loop's clock and the server's go on together.
    func advance(by span: TimeSpan) {
        self.clock.advance(by: span)
        self.loop.advanceTime(by: .nanoseconds(span.nanoseconds))
    }

    func owner() -> RecordingOwner {
        self.lastID += 1
        return RecordingOwner(id: self.lastID, context: self.context)
    }

    struct Peer {
        let owner: RecordingOwner
        let membership: Membership
        let outcome: JoinOutcome
    }

    func join(_ room: RoomID, _ side: Side, sid: String? = nil) -> Peer? {
        let owner = self.owner()
        guard let outbox = owner.outbox,
            case .joined(let membership, let outcome) = self.rooms.join(room, side: side, sid: sid, outbox: outbox, self.context)
        else { return nil }
        self.context.flushTouched()
        return Peer(owner: owner, membership: membership, outcome: outcome)
    }

    func leave(_ peer: Peer) {
        peer.membership.leave(self.context)
        peer.owner.close()
        self.context.flushTouched()
    }

    /// Sends texts to the other side in one batch.
    func relay(_ peer: Peer, _ texts: String...) -> Membership.RelayOutcome {
        for text in texts { self.context.gather(.ice, .text, ByteBuffer(string: text)) }
        defer { self.context.flushTouched() }
        return peer.membership.relay(now: self.context.clock.now(), self.context)
    }

    /// Sends the whole text as an item.
    func send(_ peer: Peer, to side: Side, _ payload: String, ref: UInt64? = nil) -> Membership.Outcome {
        let message = ByteBuffer(string: "[\(payload)]")
        defer { self.context.flushTouched() }
        return peer.membership.send(to: side, payload: 1..<payload.utf8.count + 1, of: message, ref: ref, self.context)
    }

    @discardableResult
    func hello(_ peer: Peer, _ deliveredUpTo: UInt64 = 0, mailbox: NamedMailbox = .unnamed) -> Membership.Outcome {
        defer { self.context.flushTouched() }
        return peer.membership.hello(.init(deliveredUpTo: deliveredUpTo, mailbox: mailbox), self.context)
    }
}

extension RoomID {
    static func number(_ number: UInt64) -> RoomID { RoomID(high: 0x1234, low: number) }
}

extension Membership.RelayOutcome {
    static let accepted = Membership.RelayOutcome()
    static let mustWait = Membership.RelayOutcome(mustWait: true)
    static func refused(_ frames: Int) -> Membership.RelayOutcome { Membership.RelayOutcome(refused: frames) }
}
