import ByteStreams
import MetricsCore
import NetworkAddresses
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketServer

/// Signaling on WebSocket connections in memory, all of one loop.
final class SessionRig {
    let network: MemoryNetwork
    let parts: SignalingParts

    init(gatherSize: Int = 4096, _ change: (inout SignalingParts.Options) -> Void = { _ in }) {
        self.network = MemoryNetwork(gatherSize: gatherSize)
        self.parts = SignalingParts(clock: self.network.clock.serverClock, change)
    }

    static let room = RoomID(high: 0xc0ff_ee00_1234_4abc, low: 0x8def_0123_4567_89ab)

    /// An admitted client. `unread` came in together with its request.
    func connect(
        _ side: Side, sid: String? = nil, room: RoomID = SessionRig.room, unread: [UInt8] = []
    ) -> MemoryWebSocket {
        let admitted = self.admit(side, sid: sid, room: room, unread: unread)
        return admitted ?? { preconditionFailure("a client was not admitted") }()
    }

    /// Nil if there is no place for this client.
    func admit(
        _ side: Side, sid: String? = nil, room: RoomID = SessionRig.room, client: ClientAddress = .v4(0xC000_0201), unread: [UInt8] = []
    ) -> MemoryWebSocket? {
        let loop = self.parts.signaling.loop(self.context)
        guard self.parts.signaling.admission.admit(.upgrade, client: client, loop) == .admitted else { return nil }
        let request = ConnectionRequest(room: room, side: side, sid: sid, client: client)
        return self.network.connect(
            self.parts.connection(for: request, pingSeed: 0x0102_0304_0506_0707, on: self.context), unread: unread)
    }

    /// Two connections that know of each other.
    func pair() throws -> (a: MemoryWebSocket, b: MemoryWebSocket) {
        let a = self.connect(.a)
        let b = self.connect(.b)
        #expect(try a.received() == [.roomFull])
        #expect(try b.received() == [.roomFull])
        return (a, b)
    }

    var context: LoopContext { self.network.context }
    func advance(by span: TimeSpan) { self.network.advance(by: span) }
    var counts: MetricCounts { self.parts.signaling.metrics.counts }
    func closed(_ code: Int) -> Int { self.counts.wsClosed[ClosedLabel(code)] }
    var openWebSockets: Int { self.parts.signaling.admission.open }
    var totals: RoomTotals.Snapshot { self.parts.signaling.rooms.totals.snapshot }
}

extension ReceivedFrame {
    static func item(_ seq: Int, _ payload: String, _ type: String = "send") -> ReceivedFrame {
        .text(#"{"type":"\#(type)","seq":\#(seq),"payload":\#(payload)}"#)
    }

    /// The `id` of a mailbox frame.
    var mailboxID: String? { PlainJSON(self.payload)?["id"]?.text }

    /// The `ref` of an error frame.
    var errorRef: UInt64? { PlainJSON(self.payload)?["ref"]?.integer() }

    /// The `code` of an error frame.
    var errorCode: String? {
        let head = #"{"type":"error","code":""#
        guard self.text.hasPrefix(head) else { return nil }
        return String(self.text.dropFirst(head.count).prefix { $0 != "\"" })
    }
}
