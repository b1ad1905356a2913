package import EngineScripts
import SignalingCore
import SignalingWire
import TimeKeeping

extension EngineModel {
    package mutating func run(_ call: ClaimCall, now: Int64) -> ClaimCall.Reply {
        let before = self.rooms[call.room]
        let isOver =
            before.map { room in
                room.end <= now
                    || room.home == nil && room.stored.standing.desertedSince.map { $0 + call.times.kept.milliseconds <= now } == true
            } ?? true
        let room =
            isOver
            ? KeptRoom(
                epoch: before?.epoch ?? HomeEpoch(0), end: 0,
                stored: StoredRoom(
                    name: StoredRoomName(id: call.room, mailbox: call.mailbox, owner: call.owner), standing: RoomStanding()))
            : before
        guard var taken = room else { preconditionFailure("a room that is over is made anew") }
        if let home = taken.home, home != call.node, home != call.lapsed { return .home(home) }
        taken.home = call.node
        taken.epoch = HomeEpoch(max(taken.epoch.number + 1, now))
        taken.end = now + call.times.life.milliseconds
        taken.stored.standing.desertedSince = nil
        self.rooms[call.room] = taken
        return .claimed(taken.epoch, taken.stored)
    }

    package func run(_ call: LookCall, now: Int64) -> RoomHome? {
        self.rooms[call.room].flatMap { room in room.home.map { RoomHome(node: $0, epoch: room.epoch) } }
    }

    package mutating func run(_ call: StoreCall, now: Int64) -> StoreCall.Reply {
        guard var room = self.kept(by: call) else { return .lost(self.loss(of: call)) }
        var side = room.stored[call.recipient]
        let last = side.acknowledged + UInt64(side.items.count)
        guard call.first <= last + 1 else { return .missing(after: last) }
        let new = call.payloads.dropFirst(Int(last + 1 - call.first))
        side.items += new
        room.stored[call.recipient] = side
        if let accepted = call.accepted { room.stored[call.sender].accepted = accepted }
        room.end = now + call.times.life.milliseconds
        self.rooms[call.room] = room
        return .stored(upTo: last + UInt64(new.count))
    }

    package mutating func run(_ call: AcknowledgeCall, now: Int64) -> AcknowledgeCall.Reply {
        guard var room = self.kept(by: call) else { return .lost(self.loss(of: call)) }
        var side = room.stored[call.side]
        while side.acknowledged < call.seq, !side.items.isEmpty {
            side.items.removeFirst()
            side.acknowledged += 1
        }
        room.stored[call.side] = side
        self.rooms[call.room] = room
        return .acknowledged(upTo: side.acknowledged)
    }

    package mutating func run(_ call: StandCall, now: Int64) -> HomeReply {
        self.change(call) { room in
            for side in call.standing.lockedSides.subtracting(room.stored.standing.lockedSides) {
                room.stored[side].accepted = AcceptedRefs()
            }
            room.stored.standing = call.standing
        }
    }

    package mutating func run(_ call: KeepCall, now: Int64) -> HomeReply {
        self.change(call) { $0.end = now + call.times.life.milliseconds }
    }

    package mutating func run(_ call: ReleaseCall, now: Int64) -> HomeReply {
        let reply = self.change(call) { room in
            room.home = nil
            room.stored.standing.desertedSince = call.desertedSince
        }
        if reply == .done, call.desertedSince == nil { self.rooms[call.room] = nil }
        return reply
    }

    package mutating func run(_ call: AdoptCall, now: Int64) -> HomeReply {
        let isEarliest = self.rooms[call.room].map { $0.epoch < call.home.epoch } ?? true
        guard isEarliest || self.kept(by: call) != nil else { return .lost(self.loss(of: call)) }
        self.rooms[call.room] = KeptRoom(
            home: call.home.node, epoch: call.home.epoch, end: now + call.times.life.milliseconds, stored: call.stored)
        return .done
    }

    private mutating func change(_ call: some HomeCall, _ body: (inout KeptRoom) -> Void) -> HomeReply {
        guard var room = self.kept(by: call) else { return .lost(self.loss(of: call)) }
        body(&room)
        self.rooms[call.room] = room
        return .done
    }

    /// Nil if the caller is not its home, or not since this epoch.
    private func kept(by call: some HomeCall) -> KeptRoom? {
        self.rooms[call.room].flatMap { $0.home == call.home.node && $0.epoch == call.home.epoch ? $0 : nil }
    }

    private func loss(of call: some HomeCall) -> LostHome {
        LostHome(now: self.rooms[call.room].flatMap { room in room.home.map { RoomHome(node: $0, epoch: room.epoch) } })
    }
}
