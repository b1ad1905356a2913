import NIOCore
package import NetworkAddresses
package import RESPCore
package import SignalingCore
package import SignalingWire
package import TimeKeeping

/// Takes a room, if it has no home or one that has lapsed. A room that is not there is made.
package struct ClaimCall: EngineCall {
    package enum Reply: Sendable, Equatable {
        case claimed(HomeEpoch, StoredRoom)
        case home(NodeID)
    }

    package let room: RoomID
    package let node: NodeID
    /// The home that the room may be taken from.
    package let lapsed: NodeID?
    package let times: RoomTimes
    /// For a room that is made: the mailbox id, and who made it.
    package let mailbox: MailboxID
    package let owner: ClientAddress

    package init(room: RoomID, node: NodeID, lapsed: NodeID?, times: RoomTimes, mailbox: MailboxID, owner: ClientAddress) {
        self.room = room
        self.node = node
        self.lapsed = lapsed
        self.times = times
        self.mailbox = mailbox
        self.owner = owner
    }

    package var script: EngineScript { .claim }
    package func keys(_ names: EngineKeys) -> [String] { names.room(self.room) }
    package var arguments: [RESPArgument] {
        [
            .text(self.node.text), .text(self.lapsed?.text ?? ""), self.times.lifeArgument, .integer(Int(self.times.kept.milliseconds)),
            .text(self.mailbox.text), .text(self.owner.text),
        ]
    }

    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Reply {
        var reader = try ReplyReader(value, of: self.script)
        guard try reader.integer() == 1 else { return .home(try reader.value(NodeID.init)) }
        let epoch = try reader.value(HomeEpoch.init)
        let mailbox = try reader.value { MailboxID($0.utf8) }
        let owner = try reader.value { ClientAddress(ownText: $0) }
        let standing = RoomStanding(lockedSides: try reader.value(sides))
        let done = (try reader.value { UInt64($0) }, try reader.value { UInt64($0) })
        let accepted = (try reader.value { AcceptedRefs(text: $0) }, try reader.value { AcceptedRefs(text: $0) })
        let items = (try reader.list(), try reader.list())
        return .claimed(
            epoch,
            StoredRoom(
                name: StoredRoomName(id: self.room, mailbox: mailbox, owner: owner), standing: standing,
                a: StoredSide(acknowledged: done.0, items: try Self.payloads(items.0, reader), accepted: accepted.0),
                b: StoredSide(acknowledged: done.1, items: try Self.payloads(items.1, reader), accepted: accepted.1)))
    }

    private static func payloads(_ items: [RESPValue], _ reader: ReplyReader) throws(UnexpectedReply) -> [ByteBuffer] {
        var payloads: [ByteBuffer] = []
        for item in items {
            guard case .bulk(let bytes) = item else { throw reader.unexpected }
            payloads.append(bytes)
        }
        return payloads
    }
}

/// How long the engine keeps rooms.
package struct RoomTimes: Sendable, Equatable {
    /// A deserted one, from then on.
    package let kept: TimeSpan
    /// Any, since its home said last that it is there.
    package var life: TimeSpan { self.kept * 2 }

    package init(kept: TimeSpan) { self.kept = kept }

    var lifeArgument: RESPArgument { .integer(Int(self.life.milliseconds)) }
}

/// Which home a room has; nil for none.
package struct LookCall: EngineCall {
    package let room: RoomID

    package init(room: RoomID) { self.room = room }

    package var script: EngineScript { .look }
    package func keys(_ names: EngineKeys) -> [String] { names.room(self.room) }
    package var arguments: [RESPArgument] { ["", ""] }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> RoomHome? {
        var reader = try ReplyReader(value, of: self.script)
        let (node, epoch) = (try reader.text(), try reader.text())
        if node.isEmpty { return nil }
        guard let node = NodeID(node), let epoch = HomeEpoch(epoch) else { throw reader.unexpected }
        return RoomHome(node: node, epoch: epoch)
    }
}
