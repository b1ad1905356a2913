import ByteStreams
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketCore

/// What up to four clients of one room do, one step after the other, as the input says: two may want the same side. Afterwards whatever
/// they were told must add up.
final class Script {
    /// Steps and bytes of one input, however it repeats itself: a bound on time, not on what can be reached.
    private static let maxSteps = 80
    private static let maxBytes = 300_000

    private let bench: Bench
    /// Two places a side.
    private var clients: [BenchClient?] = [nil, nil, nil, nil]
    /// Everybody who ever connected, in that order.
    private var everybody: [BenchClient] = []
    private let log = DeliveryLog()
    private var bytesLeft = Script.maxBytes
    private var advances = 0
    private var lastFrame: [UInt8] = []
    /// A server announces its end once.
    private var isGoingAway = false
    /// Somebody has been there all along, so the room is the same and numbers its items on.
    private var isOneRoom = true
    /// Nobody was replaced, refused, drained or timed out: everything sent must have arrived.
    private var isSteady = true

    init(bench: Bench) { self.bench = bench }

    func run(_ input: InputCursor) throws {
        var input = input
        try self.connect(0, sid: nil)
        try self.connect(1, sid: nil)
        var steps = 0
        while !input.isAtEnd, steps < Self.maxSteps {
            try self.step(&input)
            try self.pump()
            steps += 1
        }
        try self.settle()
        try self.judge()
        for client in self.everybody { client.drop() }
        try self.bench.expectNothingLeft()
    }

    // MARK: - Steps

    private func step(_ input: inout InputCursor) throws {
        let byte = input.byte()
        let place = Int(byte >> 4) & 3
        let variant = Int(byte >> 6)
        switch byte & 15 {
        case 0: try self.send(place, ClientFrame(variant & 1 == 0 ? .text : .binary, input.block()).bytes)
        case 1, 2: try self.send(place, ClientFrame(variant & 1 == 0 ? .text : .binary, ScriptedFrame.envelope(&input)).bytes)
        case 3: try self.sendFragment(place, variant, &input)
        case 4: try self.sendControl(place, variant, &input)
        case 5: try self.send(place, input.block())
        case 6: try self.send(place, ScriptedFrame.odd(&input))
        case 7: self.advance(by: .milliseconds(Int64(input.byte()) * [10, 100, 1000, 250][variant]))
        case 8: self.clients[place]?.setWritable(variant & 1 == 0)
        case 9: try self.connect(place, sid: [nil, "", "s", "t"][variant])
        case 10: self.leave(place) { $0.drop() }
        case 11: self.leave(place) { $0.endInput() }
        case 12: self.clients[place]?.readSize = 1 + Int(input.byte())
        case 13: try self.answerPing(place)
        case 14: self.drain(variant)
        default: for _ in 0..<input.number(below: 48) { try self.send(place, self.lastFrame) }
        }
    }

    private func send(_ place: Int, _ bytes: [UInt8]) throws {
        guard let client = self.clients[place], bytes.count <= self.bytesLeft else { return }
        self.bytesLeft -= bytes.count
        self.lastFrame = bytes
        try client.send(bytes)
    }

    private func sendFragment(_ place: Int, _ variant: Int, _ input: inout InputCursor) throws {
        let opcode = variant & 2 == 0 ? Opcode.text : .continuation
        try self.send(place, ClientFrame(opcode, input.block(), isFinal: variant & 1 != 0).bytes)
    }

    private func sendControl(_ place: Int, _ variant: Int, _ input: inout InputCursor) throws {
        let opcode = [Opcode.ping, .pong, .close, .ping][variant]
        try self.send(place, ClientFrame(opcode, input.take(input.number(below: 126))).bytes)
    }

    /// As a live client would: the pong to the latest ping.
    private func answerPing(_ place: Int) throws {
        guard let client = self.clients[place], let ping = try client.received().last(where: { $0.opcode == .ping }) else { return }
        try self.send(place, ClientFrame(.pong, ping.payload).bytes)
    }

    private func advance(by span: TimeSpan) {
        self.advances += 1
        self.bench.advance(by: span)
        self.bench.sweep()
    }

    private func connect(_ place: Int, sid: String?) throws {
        guard self.everybody.count < 12 else { return }
        let side = place & 1 == 0 ? Side.a : .b
        // Whoever was in the place before goes on, and nobody has a hand on it any more.
        if self.everybody.contains(where: { $0.side == side }) { self.isSteady = false }
        let client = try self.bench.connect(side, sid: sid, log: self.log)
        self.clients[place] = client
        self.everybody.append(client)
    }

    private func leave(_ place: Int, _ end: (BenchClient) -> Void) {
        guard let client = self.clients[place] else { return }
        self.isSteady = false
        end(client)
        self.clients[place] = nil
    }

    private func drain(_ variant: Int) {
        self.isSteady = false
        if variant == 0, self.isGoingAway { return }
        self.isGoingAway = self.isGoingAway || variant == 0
        for connection in self.bench.context.connections.all {
            switch variant {
            case 0: connection.announceDrain(reconnectAfterMilliseconds: 500)
            case 1, 2: connection.drain()
            default: connection.abort()
            }
        }
        self.bench.context.flushTouched()
    }

    /// Lets everything go on that can; returns how many bytes the server has read.
    @discardableResult
    private func pump() throws -> Int {
        _ = self.bench.loop.runReady()
        for client in self.everybody { try client.pump() }
        if !self.everybody.contains(where: \.isOpen) { self.isOneRoom = false }
        return self.everybody.reduce(0) { $0 + $1.bytesDelivered }
    }

    private func settle() throws {
        for client in self.everybody { client.setWritable(true) }
        var before = 0
        while case let read = try self.pump(), read > before { before = read }
    }

    // MARK: - Judgement

    private func judge() throws {
        let stories = try self.everybody.map { try ReceivedStory($0.received(), usesSID: $0.usesSID) }
        let isSteady =
            self.isSteady && stories.allSatisfy { $0.close == nil } && self.everybody.allSatisfy { $0.isOpen && !$0.sent.hasEnded }
        let isMailboxFull = stories.contains { $0.refusals.contains(ErrorCode.mailboxFull.rawValue) }
        var numbered: [Side: [UInt64: [UInt8]]] = [:]
        for (client, story) in zip(self.everybody, stories) {
            let sent = self.log.relayable[client.side.other] ?? []
            let items = self.log.items[client.side] ?? []
            let name = client.side.name
            try expect(
                story.relayed.isSubsequence(of: sent), "side \(name) received relayed frames that were not sent, or not in this order")
            try expect(
                story.items.map(\.payload).isSubsequence(of: items), "side \(name) received items that were not sent, or not in this order")
            for item in story.items where self.isOneRoom {
                let before = numbered[client.side, default: [:]].updateValue(item.payload, forKey: item.seq)
                try expect(before == nil || before == item.payload, "side \(name) received two items of number \(item.seq)")
            }
            guard isSteady else { continue }
            try expect(client.unread == 0, "side \(name) is not read from any more, and nobody is behind")
            try expect(story.relayed == sent, "side \(name) received \(story.relayed.count) of \(sent.count) relayed frames")
            if isMailboxFull { continue }
            for item in story.items {
                try expect(
                    Int(item.seq) <= items.count && items[Int(item.seq) - 1] == item.payload,
                    "item \(item.seq) is not what was sent \(item.seq)th")
            }
        }
        try OutputBound.check(self.everybody, advances: self.advances * (self.everybody.count + 1))
    }
}
