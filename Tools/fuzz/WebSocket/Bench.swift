import Logging
import NIOCore
import NIOEmbedded
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketServer

/// A hub with one event loop, whose time goes on only when told. All inputs share one: that everything returns to nothing is checked
/// after each of them.
final class Bench {
    /// Small, so that inputs reach the limits; partial messages of all connections together may take as much.
    static let maxMessage = 64 * 1024
    static let maxStored = 1 << 20
    static let mailbox = Mailbox.Limits(messages: 40, bytes: 64 * 1024)
    static let roomTTL = TimeSpan.seconds(60)
    static let room = RoomID(high: 0xC0FF_EE00_1234_4ABC, low: 0x8DEF_0123_4567_89AB)

    let loop = EmbeddedEventLoop()
    let clock = ManualClock(unixSeconds: 1_769_860_800)
    let hub: Hub
    let context: LoopContext
    private let settings = WebSocketSettings(heartbeat: .seconds(20), maxMessage: Bench.maxMessage, logsFullAddresses: false)
    private let logger = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }

    init() {
        self.hub = Hub(
            settings: .init(
                rooms: .init(maxRooms: 8, roomTTL: Bench.roomTTL, mailbox: Bench.mailbox),
                codes: .init(digits: 4, digitsMax: 4, ttl: .minutes(10)),
                limits: .init(httpPerMinute: 0, wsPerMinute: 0, redeemFailuresPerMinute: 0), maxStoredBytes: Bench.maxStored),
            maxConnections: .init(webSockets: 16, sockets: 16), loops: 1, clock: self.clock.serverClock,
            mailboxSeed: 0)
        self.hub.phase = .ready
        self.context = LoopContext(eventLoop: self.loop, clock: self.clock.serverClock, metrics: self.hub.metricsShard(loop: 0))
    }

    /// An upgraded connection.
    func connect(_ side: Side, sid: String?, log: DeliveryLog) throws -> BenchClient {
        try expect(self.hub.connections.openWebSocket(), "places for connections are gone that nobody holds")
        let request = ConnectionRequest(room: Bench.room, side: side, sid: sid, client: .v4(0xC000_0201))
        let handler = WebSocketHandler(
            request: request, hub: self.hub, loop: self.context, settings: self.settings, logger: self.logger,
            pingSeed: 0x0102_0304_0506_0707)
        return try BenchClient(handler, side: side, usesSID: sid != nil, context: self.context, loop: self.loop, log: log)
    }

    func advance(by span: TimeSpan) {
        self.clock.advance(by: span)
        self.loop.advanceTime(by: .nanoseconds(span.nanoseconds))
    }

    func sweep() { while Janitor(self.hub).sweep(now: self.clock.now) {} }

    /// With every connection gone and every time to live over, nothing is left of anybody.
    func expectNothingLeft() throws {
        self.loop.run()
        self.advance(by: Bench.roomTTL + .seconds(1))
        self.sweep()
        let left = self.hub.rooms.totals.snapshot
        try expect(left.isEmpty, "when all were gone, this was left: \(left)")
        try expect(self.context.timers.count == 0, "when all were gone, \(self.context.timers.count) timers were left")
        try expect(self.context.connections.count == 0, "when all were gone, \(self.context.connections.count) connections were left")
        let open = self.hub.connections.openWebSockets
        try expect(open == 0, "when all were gone, \(open) WebSockets were counted")
        // The count of partial messages can only be asked whether it passes its bound, so it is asked on both sides of it.
        let totals = self.hub.rooms.totals
        let fits = totals.changePartialBytes(by: Bench.maxStored)
        let passes = !totals.changePartialBytes(by: 1)
        _ = totals.changePartialBytes(by: -Bench.maxStored - 1)
        try expect(fits && passes, "when all were gone, bytes of partial messages were counted")
    }
}

extension RoomTotals.Snapshot {
    var isEmpty: Bool {
        [self.rooms, self.activeRooms, self.peers, self.mailboxMessages, self.mailboxBytes, self.heldBytes].allSatisfy { $0 == 0 }
    }
}
