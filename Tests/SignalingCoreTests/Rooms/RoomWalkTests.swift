import NIOCore
import SignalingCore
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

/// What one connection has been told so far, and whether that could be true.
private struct Witness {
    let side: Side
    let sid: String?
    var isSeated = false
    var isPaired = false
    var lastFrame = 0
    var lastItem: UInt64 = 0

    init(side: Side, sid: String?) {
        self.side = side
        self.sid = sid
    }
}

/// A room driven by chance. The model beside it knows nothing of holders, challenges or pairings as the room keeps them: it keeps the list
/// of who sits where as the actions tell it, plain arrays of what was sent, and checks every action against what its receiver may be told.
private struct Walk {
    var room = RoomHarness(messages: 12, bytes: 60)
    var random: SplitMix64
    var connections: [UInt64: Witness] = [:]
    var lastID: UInt64 = 0
    var waiting: Set<UInt64> = []
    /// Frames are numbered in the order in which they are sent.
    var lastFrame = 0
    var held: [Side: [Int]] = [.a: [], .b: []]
    var forwarded = 0
    var handedOver = 0
    /// Items from number 1 on, acknowledged ones too.
    var items: [Side: [String]] = [.a: [], .b: []]
    var acknowledged: [Side: UInt64] = [.a: 0, .b: 0]
    /// The last ref that was accepted of a client with a sid.
    var lastRef: [Side: (sid: String, ref: UInt64)] = [:]
    var repeats = 0
    var takeovers = 0
    var evictions = 0
    var roomFulls = 0

    init(seed: UInt64) { self.random = SplitMix64(seed: seed) }

    func seated(_ side: Side) -> UInt64? { self.connections.first { $0.value.side == side && $0.value.isSeated }?.key }

    /// Every action is something its receiver may be told now.
    mutating func check(_ actions: [RoomAction]) {
        for action in actions {
            switch action {
            case .roomFull(let id):
                self.roomFulls += 1
                #expect(self.connections[id.rawValue]?.isSeated == true)
                #expect(self.connections[id.rawValue]?.isPaired == false, "room_full twice")
                self.connections[id.rawValue]?.isPaired = true
            case .peerLeft(let id):
                #expect(self.connections[id.rawValue]?.isPaired == true, "peer_left without room_full")
                self.connections[id.rawValue]?.isPaired = false
            case .frame(let id, let frame):
                self.receive(Int(String(buffer: frame.payload)) ?? 0, id.rawValue)
                self.handedOver += 1
            case .item(let id, let kind, let seq, let payload): self.receive(kind, seq, payload, id.rawValue)
            case .mailbox, .accepted, .unstored: Issue.record("an answer to nobody's question")
            case .expel: Issue.record("nobody has shown a token")
            case .diagnosis, .pairingEnded: Issue.record("nobody has reported anything")
            case .admit(let id):
                #expect(self.waiting.remove(id.rawValue) != nil)
                self.seat(id.rawValue)
            case .probe(let id): #expect(self.connections[id.rawValue]?.isSeated == true)
            case .close(let id, let code):
                switch code {
                case .replaced: self.takeovers += 1
                case .unresponsive:
                    self.evictions += 1
                    if let side = self.connections[id.rawValue]?.side { self.held[side] = [] }
                default: #expect(code == .policyViolation && self.waiting.contains(id.rawValue))
                }
                self.connections[id.rawValue] = nil
                self.waiting.remove(id.rawValue)
            }
        }
    }

    mutating func seat(_ id: UInt64) {
        guard let side = self.connections[id]?.side else { return }
        #expect(self.seated(side) == nil, "two on one side")
        self.connections[id]?.isSeated = true
    }

    mutating func receive(_ frame: Int, _ id: UInt64) {
        guard let witness = self.connections[id] else { return }
        #expect(witness.isPaired, "a frame before room_full")
        #expect(frame > witness.lastFrame, "a frame twice, or out of order")
        self.connections[id]?.lastFrame = frame
    }

    mutating func receive(_ kind: ServerFrame.ItemKind, _ seq: UInt64, _ payload: ByteBuffer, _ id: UInt64) {
        guard let witness = self.connections[id], let items = self.items[witness.side], let acknowledged = self.acknowledged[witness.side]
        else { return }
        #expect(kind == (witness.sid == nil ? .send : .deliver))
        // In order, without a gap that was not acknowledged, never twice on a connection.
        #expect(seq == max(witness.lastItem, acknowledged) + 1)
        #expect(seq <= items.count && items[Int(seq) - 1] == String(buffer: payload))
        self.connections[id]?.lastItem = seq
    }

    mutating func step() {
        self.room.advance(.milliseconds(100))
        let side: Side = Bool.random(using: &self.random) ? .a : .b
        let holder = self.seated(side)
        switch Int.random(in: 0..<100, using: &self.random) {
        case 0..<18: self.join(side)
        case 18..<28: self.leave(side)
        case 28..<34:
            if let holder { self.check(self.room.holderResponded(holder, side)) }
        case 34..<42: self.expire(side)
        case 42..<66:
            if let holder { self.relay(holder, side) }
        case 66..<80:
            if let holder { self.send(holder, side) }
        case 80..<88: self.acknowledge(side, holder)
        default:
            // What is delivered after every send and hello where the receiver keeps up, is delivered at odd times here.
            self.check(self.room.deliver(side, budget: Int.random(in: 0...12, using: &self.random)).actions)
        }
        self.compareCounts()
    }

    private mutating func join(_ side: Side) {
        self.lastID += 1
        let id = self.lastID
        let sid = [nil, "", "s", "t"].randomElement(using: &self.random) ?? nil
        let holder = self.seated(side)
        let isSame = holder.flatMap { self.connections[$0] }.map { $0.sid == sid && sid != nil && sid != "" } ?? false
        let isChallenged = self.waiting.contains { self.connections[$0]?.side == side }
        let (outcome, actions) = self.room.join(id, side, sid: sid)
        self.connections[id] = Witness(side: side, sid: sid)
        if holder == nil {
            #expect(outcome == .seated)
            self.seat(id)
        } else if isSame {
            #expect(outcome == .seated && actions.first == close(holder ?? 0, .replaced))
            self.connections[holder ?? 0]?.isSeated = false
            self.seat(id)
        } else if isChallenged {
            #expect(outcome == .busy && actions.isEmpty)
            self.connections[id] = nil
        } else {
            #expect(outcome == .waiting)
            self.waiting.insert(id)
        }
        self.check(actions)
        // Whatever was held for this side went to its new holder.
        if self.seated(side.other) != nil, outcome == .seated { self.expectHandedOver(from: side.other) }
    }

    private mutating func expectHandedOver(from side: Side) {
        if let last = self.held[side]?.last, let receiver = self.seated(side.other) {
            #expect(self.connections[receiver]?.lastFrame == last)
        }
        self.held[side] = []
    }

    private mutating func leave(_ side: Side) {
        guard let id = self.connections.filter({ $0.value.side == side }).keys.sorted().randomElement(using: &self.random) else { return }
        if self.connections[id]?.isSeated == true { self.held[side] = [] }
        self.connections[id] = nil
        self.waiting.remove(id)
        self.check(self.room.leave(id, side))
        #expect(self.room.leave(id, side) == [])
    }

    private mutating func expire(_ side: Side) {
        guard let id = self.waiting.first(where: { self.connections[$0]?.side == side }) else { return }
        self.check(self.room.challengeExpired(id, side, holderIsPaused: Int.random(in: 0..<4, using: &self.random) == 0))
        #expect(!self.waiting.contains(id))
    }

    private mutating func relay(_ id: UInt64, _ side: Side) {
        self.lastFrame += 1
        let decision = self.room.relay(id, side, "\(self.lastFrame)")
        if let other = self.seated(side.other) {
            #expect(decision == forward(other))
            self.receive(self.lastFrame, other)
            self.forwarded += 1
        } else if self.held[side]?.count == HeldFrames.maxMessages {
            #expect(decision == .refuse)
        } else {
            #expect(decision == .hold)
            self.held[side]?.append(self.lastFrame)
        }
    }

    private mutating func send(_ id: UInt64, _ side: Side) {
        let recipient: Side = Bool.random(using: &self.random) ? .a : .b
        let text = String(repeating: "i", count: Int.random(in: 0...9, using: &self.random)) + "\(self.random.next() % 10)"
        let pending = (self.items[recipient] ?? []).dropFirst(Int(self.acknowledged[recipient] ?? 0))
        let fits = pending.count < 12 && pending.reduce(0) { $0 + $1.utf8.count } + text.utf8.count <= 60
        let sid = self.connections[id]?.sid
        // Some send without refs, some on from their last, and some again what they have no answer for.
        let last = sid == self.lastRef[side]?.sid ? self.lastRef[side]?.ref ?? 0 : 0
        let ref = [nil, last + 1, max(1, last), 1 + last / 2].randomElement(using: &self.random) ?? nil
        let isRepeated = ref.map { $0 <= last } ?? false
        let (outcome, actions) = self.room.send(id, side, to: recipient, text, ref: ref)
        #expect(outcome == (isRepeated ? .repeated : fits ? .stored : .mailboxFull))
        #expect(actions == (outcome == .mailboxFull ? [] : ref.map { [accepted(id, $0)] } ?? []))
        if isRepeated { self.repeats += 1 }
        guard outcome == .stored else { return }
        self.items[recipient]?.append(text)
        if let ref, let sid, !sid.isEmpty { self.lastRef[side] = (sid, ref) }
    }

    private mutating func acknowledge(_ side: Side, _ holder: UInt64?) {
        guard let holder, let count = self.items[side]?.count else { return }
        let seq = UInt64.random(in: 0...UInt64(count + 2), using: &self.random)
        var reached = max(self.acknowledged[side] ?? 0, min(seq, UInt64(count)))
        switch Int.random(in: 0..<4, using: &self.random) {
        case 0: #expect(self.room.hello(holder, side, seq) == [])
        case 1: #expect(self.room.hello(holder, side, seq, mailbox: .named(RoomHarness.mailbox)) == [mailbox(holder, reached)])
        case 2:
            // Of another life: the number says nothing.
            reached = self.acknowledged[side] ?? 0
            let other: NamedMailbox = seq % 2 == 0 ? .unknown : .named(MailboxID(1))
            #expect(self.room.hello(holder, side, seq, mailbox: other) == [mailbox(holder, reached)])
        default: self.room.delivered(holder, side, seq)
        }
        self.acknowledged[side] = reached
    }

    private func compareCounts() {
        #expect(self.room.state.peers == self.connections.values.count { $0.isSeated })
        #expect(self.room.state.isDeserted == (self.room.state.peers == 0))
        for side in Side.allCases { #expect(self.room.state.holder(of: side) == self.seated(side).map(ConnectionID.init)) }
        let isFull = self.room.state.peers == 2
        #expect(self.connections.values.allSatisfy { !$0.isSeated || $0.isPaired == isFull })
        let pending = Side.allCases.flatMap { (self.items[$0] ?? []).dropFirst(Int(self.acknowledged[$0] ?? 0)) }
        #expect(self.room.state.mailboxMessages == pending.count)
        #expect(self.room.state.mailboxBytes == pending.reduce(0) { $0 + $1.utf8.count })
        let held = Side.allCases.flatMap { self.held[$0] ?? [] }
        #expect(self.room.state.heldBytes == held.reduce(0) { $0 + "\($1)".utf8.count })
    }
}

@Suite struct RoomWalkTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func whateverHappensNobodyIsToldWhatCannotBe(_ seed: UInt64) {
        var walk = Walk(seed: seed)
        for _ in 0..<1_500 { walk.step() }
        // The walk went everywhere.
        #expect(walk.takeovers > 5 && walk.evictions > 5 && walk.roomFulls > 50)
        #expect(walk.forwarded > 50 && walk.handedOver > 20 && walk.repeats > 5)
        #expect(walk.acknowledged.values.allSatisfy { $0 > 10 })
    }
}
