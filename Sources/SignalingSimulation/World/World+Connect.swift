import Logging
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// Codes, and connections coming and going.
extension World {
    func mint(_ client: Int, _ random: inout SplitMix64) {
        let ttl: TimeSpan? = random.next() % 3 == 0 ? .milliseconds(Int64(random.next() % 100_000) + 1) : nil
        let context = self.contexts[client % self.contexts.count]
        switch self.hub.codes.mint(ttl: ttl, context) {
        case .minted(let code, let room, let lifetime):
            let longest = TimeSpan.seconds(self.profile.codeTTLSeconds)
            self.check(lifetime == min(ttl ?? longest, longest), "a code's life is \(lifetime.milliseconds) ms")
            if let fault = self.codes.mint(code, room: room, lifetime: lifetime, now: self.time.now) { self.fail(fault) }
        case .exhausted:
            self.check(self.codes.liveCount(now: self.time.now) >= 5_000, "no code is free, and few are taken")
        }
    }

    func redeem(_ client: Int, _ random: inout SplitMix64) {
        let context = self.contexts[client % self.contexts.count]
        let known = self.codes.known
        let guess = Code(value: UInt32(random.next() % 10_000), digits: 4)
        guard let code = known.isEmpty || random.next() % 4 == 0 ? guess : known[Int(random.next() % UInt64(known.count))] else { return }
        let address = Self.address(of: client)
        if self.hub.limits.redeemFailures.check(address, context) != nil {
            self.check(self.profile.redeemFailures > 0, "a guess was refused though guessing is not limited")
            return
        }
        switch self.hub.codes.redeem(code, context).0 {
        case .redeemed(let room, _):
            if let fault = self.codes.redeem(code, .redeemed(room), now: self.time.now) { self.fail(fault) }
            // Some of the rooms are met in.
            if self.roomNames.count < 200 { self.roomNames.append(room) }
        case .gone:
            self.hub.limits.redeemFailures.record(address, context)
            if let fault = self.codes.redeem(code, .gone, now: self.time.now) { self.fail(fault) }
        }
    }

    private static func address(of client: Int) -> ClientAddress { .v4(0xC000_0200 | UInt32(client % 16)) }

    /// The upgrade: limits, a place, and the handler in its channel.
    func connect(_ client: Int, _ random: inout SplitMix64) {
        let loop = Int(random.next() % UInt64(self.loops.count))
        let context = self.contexts[loop]
        let address = Self.address(of: client)
        guard self.admitUpgrade(client, address, context) else { return }
        let open = self.links.reduce(0) { $0 + ($1.channel.isActive ? 1 : 0) }
        guard self.hub.connections.openWebSocket() else {
            return self.check(open >= self.profile.maxConnections, "a connection was refused though only \(open) are open")
        }
        self.check(open < self.profile.maxConnections, "a connection was taken in though \(open) are open")
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
        self.open(client, name, side, sid, loop: loop, address, pingSeed: random.next())
    }

    private func admitUpgrade(_ client: Int, _ address: ClientAddress, _ context: LoopContext) -> Bool {
        let isRefused = self.hub.limits.ws.admit(address, context) != nil
        guard self.profile.upgrades > 0 else {
            self.check(!isRefused, "an upgrade was refused though upgrades are not limited")
            return !isRefused
        }
        var window = self.upgrades[client % 16] ?? (self.time.now, 0)
        if self.time.now >= window.end { window = (self.time.now + .minutes(1), 0) }
        self.check(
            isRefused == (window.count >= self.profile.upgrades),
            "upgrade \(window.count + 1) in a minute was \(isRefused ? "" : "not ")refused")
        if !isRefused { window.count += 1 }
        self.upgrades[client % 16] = window
        return !isRefused
    }

    @discardableResult
    func open(
        _ client: Int, _ name: RoomID, _ side: Side, _ sid: String?, loop: Int, _ address: ClientAddress = .v4(1), pingSeed: UInt64
    ) -> Link {
        let now = self.time.now
        let isNew = self.rooms[name] == nil
        let isFull = isNew && self.rooms.count >= self.profile.maxRooms
        let room = self.rooms[name] ?? RoomModel(id: name, now: now)
        let channel = SimulatedChannel(loop: self.loops[loop], sendCapacity: self.profile.sendCapacity)
        let handler = WebSocketHandler(
            request: ConnectionRequest(room: name, side: side, sid: sid, client: address), hub: self.hub, loop: self.contexts[loop],
            settings: self.settings, logger: Self.silent, pingSeed: pingSeed)
        self.counts.connections += 1
        self.tally.connections += 1
        let link = Link(
            id: ConnectionID(UInt64(self.counts.connections)), client: client, room: room, side: side, sid: sid, loop: loop,
            channel: channel,
            handler: handler, now: now)
        link.mayBeFull = self.profile.maxStoredBytes < 1 << 30
        // What the contract says will come of it.
        let holder = room[seat: side]
        let challenger = self.links.first {
            $0.room === room && $0.side == side && $0.isWaiting && $0.handler.standing == .waiting && $0 !== holder
        }
        if let holder, let sid, !sid.isEmpty, sid == holder.sid {
            link.tookOver = true
            challenger?.mayBeRefused = .policyViolation
        } else if let holder {
            link.mayBeRefused = .policyViolation
            link.isWaiting = challenger == nil
            if challenger == nil { holder.challengedAt = now }
        }
        if isFull { link.mayBeRefused = .serverFull } else { self.add(room) }
        self.add(link)
        self.current[client] = link
        self.loops[loop].turn {
            let stream = ChannelStream(driver: handler, loop: self.contexts[loop])
            do { try channel.pipeline.syncOperations.addHandler(stream) } catch { self.fail("the pipeline takes no handler: \(error)") }
            // What every channel does at first: ask for input.
            if channel.isActive { channel.pipeline.syncOperations.read() }
        }
        // While loops have yet to hear of what a room decided, a challenge may be over of which its challenger does not know.
        if !link.isWaiting, handler.standing == .waiting, self.loops.contains(where: \.hasWork) {
            link.isWaiting = true
            holder?.challengedAt = now
        }
        if !isFull, room.real == nil { room.real = self.hub.rooms.room(name) }
        let standing: WebSocketHandler.Standing =
            isFull || link.mayBeRefused != nil && !link.isWaiting ? .ending : link.isWaiting ? .waiting : .open
        self.check(handler.standing == standing, "\(link.name) is \(handler.standing) and should be \(standing)")
        self.follow(room)
        if standing == .open { self.check(room[seat: side] === link, "\(link.name) joined and has no side") }
        return link
    }

    private static let silent = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }

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
