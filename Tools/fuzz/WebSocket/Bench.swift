import ByteStreams
import FairShares
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketServer

/// A server with one event loop, whose time goes on only when told. All inputs share one: that everything returns to nothing is checked
/// after each of them.
final class Bench {
    /// Small, so that inputs reach the limits; partial messages of all connections together may take as much.
    static let maxMessage = 64 * 1024
    static let maxStored = 1 << 20
    static let mailbox = Mailbox.Limits(messages: 40, bytes: 64 * 1024)
    static let roomTTL = TimeSpan.seconds(60)
    static let room = RoomID(high: 0xC0FF_EE00_1234_4ABC, low: 0x8DEF_0123_4567_89AB)

    let clock = ManualClock(unixSeconds: 1_769_860_800)
    let loop: ManualLoop
    let context: LoopContext
    private let server: SignalingParts

    init() {
        self.loop = ManualLoop(self.clock)
        self.context = LoopContext(loop: self.loop, clock: self.clock.serverClock)
        self.server = SignalingParts(clock: self.clock.serverClock) {
            $0.maxRooms = 8
            $0.roomTTL = Bench.roomTTL
            $0.mailbox = Bench.mailbox
            $0.maxStoredBytes = Bench.maxStored
            $0.maxWebSockets = 16
            $0.maxMessage = Bench.maxMessage
            $0.mailboxSeed = 0
        }
    }

    private var signaling: Signaling { self.server.signaling }

    /// An upgraded connection.
    func connect(_ side: Side, sid: String?, log: DeliveryLog) throws -> BenchClient {
        let address = ClientAddress.v4(0xC000_0201)
        let outcome = self.signaling.admission.admit(.upgrade, client: address, self.signaling.loop(self.context))
        try expect(outcome == .admitted, "a connection was refused: \(outcome)")
        let request = ConnectionRequest(room: Bench.room, side: side, sid: sid, client: address)
        let connection = self.server.connection(for: request, pingSeed: 0x0102_0304_0506_0707, on: self.context)
        return BenchClient(connection, side: side, usesSID: sid != nil, context: self.context, log: log)
    }

    func advance(by span: TimeSpan) { self.loop.advance(by: span) }

    func sweep() { while self.signaling.janitor.sweep(now: self.clock.now) {} }

    /// With every connection gone and every time to live over, nothing is left of anybody.
    func expectNothingLeft() throws {
        _ = self.loop.runReady()
        self.advance(by: Bench.roomTTL + .seconds(1))
        self.sweep()
        let left = self.signaling.rooms.totals.snapshot
        try expect(left.isEmpty, "when all were gone, this was left: \(left)")
        try expect(self.context.timers.count == 0, "when all were gone, \(self.context.timers.count) timers were left")
        try expect(self.context.connections.count == 0, "when all were gone, \(self.context.connections.count) connections were left")
        let open = self.signaling.admission.open
        try expect(open == 0, "when all were gone, \(open) WebSockets were counted")
        let clients = self.signaling.shares.clientCount
        try expect(clients == 0, "when all were gone, \(clients) clients were held to have something")
    }
}

extension RoomTotals.Snapshot {
    var isEmpty: Bool {
        [self.rooms, self.activeRooms, self.peers, self.mailboxMessages, self.mailboxBytes, self.heldBytes].allSatisfy { $0 == 0 }
    }
}
