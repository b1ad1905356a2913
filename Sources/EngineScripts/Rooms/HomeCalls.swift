package import NIOCore
import NetworkAddresses
package import RESPCore
package import SignalingCore
package import SignalingWire

/// What a home does to its room. It changes nothing where the room is another's, or was since.
package protocol HomeCall: EngineCall {
    var room: RoomID { get }
    var home: RoomHome { get }
    var details: [RESPArgument] { get }
}

extension HomeCall {
    package func keys(_ names: EngineKeys) -> [String] { names.room(self.room) }
    package var arguments: [RESPArgument] { [.text(self.home.node.text), .text("\(self.home.epoch.number)")] + self.details }

    /// Nil if the home was still the home; else whose the room is now, and since when.
    fileprivate func loss(_ reader: inout ReplyReader) throws(UnexpectedReply) -> LostHome? {
        guard try reader.integer() == 0 else { return nil }
        let (node, epoch) = (try reader.text(), try reader.text())
        if node.isEmpty { return LostHome(now: nil) }
        guard let node = NodeID(node), let epoch = HomeEpoch(epoch) else { throw reader.unexpected }
        return LostHome(now: RoomHome(node: node, epoch: epoch))
    }
}

/// The room is not this home's any more.
package struct LostHome: Sendable, Equatable {
    package let now: RoomHome?

    package init(now: RoomHome?) { self.now = now }
}

/// What came of a call that has nothing else to say.
package enum HomeReply: Sendable, Equatable {
    case done
    case lost(LostHome)
}

/// A home call whose reply is a `HomeReply`.
package protocol PlainHomeCall: HomeCall where Reply == HomeReply {}

extension PlainHomeCall {
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> HomeReply {
        var reader = try ReplyReader(value, of: self.script)
        return try self.loss(&reader).map { .lost($0) } ?? .done
    }
}

/// Stores items of one sender behind what a mailbox has. Items that are there already are not stored again.
package struct StoreCall: HomeCall {
    package enum Reply: Sendable, Equatable {
        /// Everything up to this number is there.
        case stored(upTo: UInt64)
        /// The first item's number is not the next: nothing was stored.
        case missing(after: UInt64)
        case lost(LostHome)
    }

    package let room: RoomID
    package let home: RoomHome
    package let times: RoomTimes
    package let recipient: Side
    package let first: UInt64
    package let sender: Side
    /// Nil where it is as it was.
    package let accepted: AcceptedRefs?
    package let payloads: [ByteBuffer]

    package init(
        room: RoomID, home: RoomHome, times: RoomTimes, recipient: Side, first: UInt64, sender: Side, accepted: AcceptedRefs?,
        payloads: [ByteBuffer]
    ) {
        self.room = room
        self.home = home
        self.times = times
        self.recipient = recipient
        self.first = first
        self.sender = sender
        self.accepted = accepted
        self.payloads = payloads
    }

    package var script: EngineScript { .store }
    package var details: [RESPArgument] {
        [
            self.times.lifeArgument, .text(self.recipient.name), .text("\(self.first)"), .text(self.sender.name),
            .text(self.accepted?.text ?? ""),
        ] + self.payloads.map { .bytes($0) }
    }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Reply {
        var reader = try ReplyReader(value, of: self.script)
        var kind = reader
        if let loss = try self.loss(&reader) { return .lost(loss) }
        let isStored = try kind.integer() == 1
        guard let last = UInt64(exactly: try reader.integer()) else { throw reader.unexpected }
        return isStored ? .stored(upTo: last) : .missing(after: last)
    }
}

/// All items of a side's mailbox up to this number are done with.
package struct AcknowledgeCall: HomeCall {
    package enum Reply: Sendable, Equatable {
        case acknowledged(upTo: UInt64)
        case lost(LostHome)
    }

    package let room: RoomID
    package let home: RoomHome
    package let side: Side
    package let seq: UInt64

    package init(room: RoomID, home: RoomHome, side: Side, upTo seq: UInt64) {
        self.room = room
        self.home = home
        self.side = side
        self.seq = seq
    }

    package var script: EngineScript { .acknowledge }
    package var details: [RESPArgument] { [.text(self.side.name), .text("\(self.seq)")] }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Reply {
        var reader = try ReplyReader(value, of: self.script)
        if let loss = try self.loss(&reader) { return .lost(loss) }
        guard let last = UInt64(exactly: try reader.integer()) else { throw reader.unexpected }
        return .acknowledged(upTo: last)
    }
}

/// How the room stands, between items.
package struct StandCall: PlainHomeCall {
    package let room: RoomID
    package let home: RoomHome
    package let standing: RoomStanding

    package init(room: RoomID, home: RoomHome, standing: RoomStanding) {
        self.room = room
        self.home = home
        self.standing = standing
    }

    package var script: EngineScript { .stand }
    package var details: [RESPArgument] { [.text(self.standing.desertedText), .text(text(of: self.standing.lockedSides))] }
}

/// The home is there, and the room lives on.
package struct KeepCall: PlainHomeCall {
    package let room: RoomID
    package let home: RoomHome
    package let times: RoomTimes

    package init(room: RoomID, home: RoomHome, times: RoomTimes) {
        self.room = room
        self.home = home
        self.times = times
    }

    package var script: EngineScript { .keep }
    package var details: [RESPArgument] { [self.times.lifeArgument] }
}

/// The room has no home from now on; it is kept since this time, or forgotten.
package struct ReleaseCall: PlainHomeCall {
    package let room: RoomID
    package let home: RoomHome
    package let desertedSince: UnixMilliseconds?

    package init(room: RoomID, home: RoomHome, desertedSince: UnixMilliseconds?) {
        self.room = room
        self.home = home
        self.desertedSince = desertedSince
    }

    package var script: EngineScript { .release }
    package var details: [RESPArgument] { [.text(RoomStanding(desertedSince: self.desertedSince).desertedText)] }
}

/// Writes anew what a home has of its room, where the engine has lost it, or may hold something else. It replaces what a home of an earlier epoch
/// wrote, which had lost the room before the engine did; that of a later epoch stays.
package struct AdoptCall: PlainHomeCall {
    package let home: RoomHome
    package let times: RoomTimes
    package let stored: StoredRoom

    package init(home: RoomHome, times: RoomTimes, stored: StoredRoom) {
        self.home = home
        self.times = times
        self.stored = stored
    }

    package var room: RoomID { self.stored.name.id }
    package var script: EngineScript { .adopt }
    package var details: [RESPArgument] {
        let (name, standing) = (self.stored.name, self.stored.standing)
        let (a, b) = (self.stored.a, self.stored.b)
        let head: [RESPArgument] = [
            self.times.lifeArgument, .text(name.mailbox.text), .text(name.owner.text), .text(standing.desertedText),
            .text(text(of: standing.lockedSides)), .text("\(a.acknowledged)"), .text("\(b.acknowledged)"), .text(a.accepted.text),
            .text(b.accepted.text), .integer(a.items.count),
        ]
        return head + (a.items + b.items).map { .bytes($0) }
    }
}

extension RoomStanding {
    /// Empty while somebody is in the room.
    fileprivate var desertedText: String { self.desertedSince.map { "\($0)" } ?? "" }
}
