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

/// A connection that was admitted, on its way to its loop.
struct Arrival {
    var client: Int
    var room: RoomID
    var side: Side
    var sid: String?
    var hasToken = false
    var address: ClientAddress
    var loop: Int
    var pingSeed: UInt64
    /// Before what others have handed the loop, or behind it.
    var isFirst = true
    /// The client is gone when its loop is reached.
    var isAbandoned = false
    /// It comes when it is told to, however often the loop has its turn.
    var isHeldUp = false
    /// Frames that the client sends without waiting for the response, and where what came along with the request ends.
    var early: [Action] = []
    var cut: UInt64 = 0
}

/// Connections coming and going.
extension World {
    /// A place, and then the connection: mostly at once, or on another loop in that one's turn.
    func connect(_ client: Int, _ random: inout SplitMix64) {
        guard let arrival = self.admittedArrival(client, &random) else { return }
        switch random.next() % 16 {
        case 0...2: self.arrivals.append(arrival)
        case 3:
            self.arrivals.append(arrival)
            self.arrivals[self.arrivals.count - 1].isAbandoned = true
        default: self.open(arrival)
        }
    }

    /// A client's request for a connection, if it is granted.
    func admittedArrival(_ client: Int, _ random: inout SplitMix64) -> Arrival? {
        let origin = Origin(client: client)
        var arrival = self.arrival(client, origin, &random)
        guard let hasToken = self.access(to: arrival.side, of: arrival.room, &random) else {
            _ = self.admit(.malformed, origin, &random)
            return nil
        }
        arrival.hasToken = hasToken
        return self.admit(.upgrade, origin, &random) ? arrival : nil
    }

    private func arrival(_ client: Int, _ origin: Origin, _ random: inout SplitMix64) -> Arrival {
        // A client keeps to a room mostly, and to a side.
        let name = self.roomNames[
            random.next() % 8 == 0 ? Int(random.next() % UInt64(self.roomNames.count)) : client / 2 % self.roomNames.count]
        let side: Side = random.next() % 16 == 0 ? .b : client % 2 == 0 ? .a : .b
        let sid: String? =
            switch (random.next() % 8, client % 3) {
            case (0, _): ""
            case (1, _): "other"
            case (_, 0): nil
            default: "sid-\(client % 4)"
            }
        var arrival = Arrival(
            client: client, room: name, side: side, sid: sid, address: origin.address, loop: Int(random.next() % UInt64(self.loops.count)),
            pingSeed: random.next())
        arrival.isFirst = random.next() % 2 == 0
        if random.next() % 8 == 0 {
            arrival.early = (0...(random.next() % 4)).map { _ in [.relay, .send, .hello, .ping, .lie][Int(random.next() % 5)] }
            arrival.cut = random.next()
        }
        return arrival
    }

    /// Those come whose loop has its turn.
    func land(on loop: Int, first isFirst: Bool) {
        let landing = self.arrivals.filter { $0.loop == loop && $0.isFirst == isFirst && !$0.isHeldUp }
        self.arrivals.removeAll { $0.loop == loop && $0.isFirst == isFirst && !$0.isHeldUp }
        for arrival in landing {
            if arrival.isAbandoned {
                self.signaling.admission.connectionEnded(of: arrival.address)
            } else {
                self.open(arrival)
            }
        }
    }

    @discardableResult
    func open(_ arrival: Arrival) -> Link {
        let now = self.now
        let isNew = self.rooms[arrival.room] == nil
        let rooms = ShareModel(bound: self.profile.maxRooms, held: isNew ? self.roomsInOrder.map { ($0.owner, 1) } : [])
        let isFull = isNew && rooms.verdict(on: 1, for: arrival.address) != .granted
        let room = self.rooms[arrival.room] ?? RoomModel(id: arrival.room, owner: arrival.address, now: now)
        let link = self.makeLink(arrival, room)
        let holder = room[seat: link.side]
        self.expectStanding(of: link, isFull: isFull)
        if !isFull { self.add(room) }
        self.add(link)
        self.current[link.client] = link
        self.begin(link, arrival)
        // While loops have yet to hear of what a room decided, a challenge may be over of which its challenger does not know.
        if !link.isWaiting, link.progress == .held, self.loops.contains(where: \.hasWork) {
            link.isWaiting = true
            holder?.challengedAt = now
        }
        if !isFull, room.real == nil { room.real = self.signaling.rooms.room(link.room.id) }
        let isRefused = isFull || link.mayBeRefused != nil && !link.isWaiting
        // A loop that was drained closes newcomers, too; what they are to the room until then is the contract's to say.
        let isDrained = self.drainedLoops.contains(link.loop)
        if !isRefused, !link.isWaiting {
            self.give(link.side, of: room, to: link)
            self.consume(link)
        }
        let isOver = isRefused || isDrained || link.violation != nil
        let progress: WebSocketConnection.Progress = isOver ? .closing : link.isWaiting ? .held : .open
        // Of some frames that break the protocol the server needs no more than the beginning.
        // Or what waits for it is at once more than all may leave waiting.
        link.beganBadly = !isRefused && link.progress == .closing && (link.wire.holdsViolation() || link.mayBeFull)
        let isRight = link.progress == progress || link.beganBadly && progress == .open
        self.check(isRight, "\(link.name) is \(link.progress) and should be \(progress)")
        self.follow(room)
        if link.mayBeFull { self.followChanged() }
        if progress == .open, !link.beganBadly { self.check(room[seat: link.side] === link, "\(link.name) joined and has no side") }
        return link
    }

    private func makeLink(_ arrival: Arrival, _ room: RoomModel) -> Link {
        let stream = MemoryStream(
            context: self.contexts[arrival.loop], peer: arrival.address, sendCapacity: self.profile.sendCapacity,
            manner: self.profile.manner)
        self.counts.connections += 1
        self.tally.connections += 1
        let link = Link(
            id: ConnectionID(UInt64(self.counts.connections)), client: arrival.client, address: arrival.address, room: room,
            side: arrival.side, sid: arrival.sid, hasToken: arrival.hasToken, loop: arrival.loop, stream: stream, now: self.now)
        link.mayBeFull = self.profile.maxStoredBytes < 1 << 30
        return link
    }

    /// What the contract says will come of a newcomer.
    private func expectStanding(of link: Link, isFull: Bool) {
        let holder = link.room[seat: link.side]
        let challenger = self.links.first {
            $0.room === link.room && $0.side == link.side && $0.isWaiting && $0.progress == .held && $0 !== holder
        }
        let isLocked = link.room.locked.contains(link.side)
        if isLocked, !link.hasToken {
            link.mayBeRefused = .policyViolation
        } else if link.hasToken, !isLocked, !isFull {
            link.locks = true
            link.room.locked.insert(link.side)
            link.room.disown(link.side)
            for stranger in [holder, challenger] { stranger?.mayBeRefused = .policyViolation }
        } else if let holder, let sid = link.sid, !sid.isEmpty, sid == holder.sid {
            link.tookOver = true
            challenger?.mayBeRefused = .policyViolation
        } else if let holder {
            link.mayBeRefused = .policyViolation
            link.isWaiting = challenger == nil
            if challenger == nil { holder.challengedAt = self.now }
        }
        if isFull { link.mayBeRefused = .serverFull }
    }

    /// The stream passes from HTTP to the WebSocket, with what came behind the request.
    private func begin(_ link: Link, _ arrival: Arrival) {
        var random = SplitMix64(seed: arrival.cut)
        if self.profile.maxStoredBytes >= 1 << 30 {
            // Whoever broke the protocol in what it sends while it waits would have its side for no time at all, which nobody could see; and
            // of two who are let in in one instant nobody could say whose item is first.
            let mayWait = link.isWaiting || self.loops.contains(where: \.hasWork)
            for action in arrival.early where !mayWait || action != .lie && action != .send { self.write(link, action, &random) }
        }
        // No more than one read.
        let length = min(link.wire.bytes.readableBytes, 65_536)
        let unread = link.wire.bytes.readSlice(length: length == 0 ? 0 : Int(random.next() % UInt64(length + 1))) ?? ByteBuffer()
        let request = ConnectionRequest(
            room: link.room.id, side: link.side, sid: link.sid, hasToken: link.hasToken, client: arrival.address)
        let server = self.server
        let upgrade = GrantedUpgrade { server.connection(for: request, pingSeed: arrival.pingSeed, on: $0) }
        self.turn(on: link.loop) { link.stream.begin(upgrade, unread: unread) }
        link.connection = link.stream.driver as? WebSocketConnection
    }

    /// Another step of a client's that is leaving: a close frame, the end of its stream, a reset, or nothing at all any more.
    func leave(_ link: Link, by action: Action) {
        switch action {
        case .shut:
            guard !link.hasSentClose else { return }
            link.hasSentClose = true
            link.wire.append(first: 0x88, ByteBuffer(bytes: [0x03, 0xE8]), mask: link.nextMask(), means: .close)
        case .cut:
            self.end(link, .fin)
        case .reset:
            self.end(link, .reset)
        default:
            link.isVanished = true
        }
        // Its end of the connection is done with; the client may come back with another.
        if action != .shut, self.current[link.client] === link { self.current[link.client] = nil }
    }
}

/// An HTTP connection whose request is granted: the response waits in the stream for what comes next to send it, and what came behind the
/// request goes along.
private final class GrantedUpgrade: StreamDriver {
    private var stream: (any ByteStream)?
    private let makeSuccessor: @Sendable (LoopContext) -> any StreamDriver

    init(_ makeSuccessor: @escaping @Sendable (LoopContext) -> any StreamDriver) { self.makeSuccessor = makeSuccessor }

    func opened(on stream: any ByteStream) { self.stream = stream }
    func received(_ bytes: ByteBuffer) { self.handOver(unread: bytes) }
    func readCompleted() { self.handOver(unread: ByteBuffer()) }

    private func handOver(unread: ByteBuffer) {
        self.stream?.write(Link.upgradeResponse)
        self.stream?.handOver(key: 0, unread: unread, to: self.makeSuccessor)
    }

    func becameWritable() {}
    var outlivesInput: Bool { true }
    func ended(_ error: (any Error)?) {}
}
