import ByteStreams
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// What a server holds in all its rooms; what is not named is expected to be 0.
struct Totals: Equatable {
    var rooms = 0
    var activeRooms = 0
    var peers = 0
    var pairings = 0
    var mailboxMessages = 0
    var mailboxBytes = 0
    var heldBytes = 0
}

extension Totals {
    init(_ rooms: RoomRegistry) {
        let snapshot = rooms.totals.snapshot
        self.init(
            rooms: snapshot.rooms, activeRooms: snapshot.activeRooms, peers: snapshot.peers, pairings: snapshot.pairings,
            mailboxMessages: snapshot.mailboxMessages,
            mailboxBytes: snapshot.mailboxBytes, heldBytes: snapshot.heldBytes)
    }
}

/// One event loop's share of signaling, with a clock and a loop that stand still.
final class RuntimeWorld {
    private let network = MemoryNetwork()
    let signaling: Signaling
    let loop: SignalingLoop
    private var lastID: UInt64 = 0
    /// What is this one's is nobody's: only bounds hold for it, and no share.
    private static let nobody = "192.0.2.99"
    static let nobodysAddress = ClientAddress.v4(0xC000_0263)

    init(_ change: (inout SignalingParts.Options) -> Void = { _ in }) {
        self.signaling =
            SignalingParts(clock: self.network.clock.serverClock) {
                $0.proxies = TrustedProxies(blocks: [Self.nobody].compactMap { AddressBlock($0) })
                change(&$0)
            }.signaling
        self.loop = self.signaling.loop(self.network.context)
    }

    var context: LoopContext { self.network.context }
    var clock: ManualClock { self.network.clock }
    var rooms: RoomRegistry { self.signaling.rooms }
    var totals: Totals { Totals(self.rooms) }
    var counts: MetricCounts { self.signaling.metrics.counts }

    /// What other threads, or a journal, have handed to the loop.
    func runReady() { self.network.turn {} }

    /// The loop's clock and the server's go on together.
    func advance(by span: TimeSpan) { self.network.advance(by: span) }

    func owner() -> RecordingOwner {
        self.lastID += 1
        return RecordingOwner(id: self.lastID, context: self.context)
    }

    struct Peer {
        let owner: RecordingOwner
        let membership: Membership
        let outcome: JoinOutcome
    }

    func join(_ room: RoomID, _ side: Side, sid: String? = nil, hasToken: Bool = false, client: ClientAddress? = nil) -> Peer? {
        let owner = self.owner()
        let result = self.rooms.join(
            room, side: side, sid: sid, hasToken: hasToken, client: client ?? Self.nobodysAddress, outbox: owner.outbox, self.loop)
        guard case .joined(let membership, let outcome) = result else { return nil }
        self.context.flushTouched()
        return Peer(owner: owner, membership: membership, outcome: outcome)
    }

    func leave(_ peer: Peer, _ departure: Departure = .closed) {
        peer.membership.leave(departure, self.loop)
        peer.owner.close()
        self.context.flushTouched()
    }

    /// Adds a frame to a batch.
    func gather(_ batch: inout RelayBatch, _ kind: FrameKind, _ opcode: Opcode, _ payload: ByteBuffer) {
        batch.append(kind, opcode, payload, self.loop)
    }

    /// Sends these texts to the other side, in a batch of the loop's.
    @discardableResult
    func relay(_ peer: Peer, _ texts: String..., kind: FrameKind = .ice) -> Membership.RelayOutcome {
        var batch = self.loop.takeBatch()
        for text in texts { self.gather(&batch, kind, .text, ByteBuffer(string: text)) }
        return self.relay(peer, &batch)
    }

    func relay(_ peer: Peer, _ batch: inout RelayBatch) -> Membership.RelayOutcome {
        defer {
            self.loop.giveBack(&batch)
            self.context.flushTouched()
        }
        return peer.membership.relay(&batch, now: self.clock.now, self.loop)
    }

    func report(_ peer: Peer, _ event: Telemetry.Event, _ change: (inout Telemetry) -> Void = { _ in }) {
        var report = Telemetry(event)
        change(&report)
        peer.membership.report(report, self.loop)
        self.context.flushTouched()
    }

    /// Sends the whole text as an item.
    func send(_ peer: Peer, to side: Side, _ payload: String, ref: UInt64? = nil) -> Membership.Outcome {
        let message = ByteBuffer(string: "[\(payload)]")
        defer { self.context.flushTouched() }
        return peer.membership.send(to: side, payload: 1..<payload.utf8.count + 1, of: message, ref: ref, self.loop)
    }

    @discardableResult
    func hello(_ peer: Peer, _ deliveredUpTo: UInt64 = 0, mailbox: NamedMailbox = .unnamed) -> Membership.Outcome {
        defer { self.context.flushTouched() }
        return peer.membership.hello(.init(deliveredUpTo: deliveredUpTo, mailbox: mailbox), self.loop)
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
