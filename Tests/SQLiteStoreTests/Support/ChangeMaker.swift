import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingTestKit
import SignalingWire

/// Draws changes such as a server makes: of few codes and rooms, so that they meet.
struct ChangeMaker {
    private var random: SplitMix64
    /// What a store holds that carried out everything so far.
    private(set) var model = StoredState()
    /// How far each mailbox was when everything was written: no more than that can be acknowledged.
    private var written: [MailboxID: (a: UInt64, b: UInt64)] = [:]

    init(seed: UInt64) { self.random = SplitMix64(seed: seed) }

    private static let mailboxes: [UInt64] = [0, 1, 2, 3, 1 << 63, .max, .max - 1, 0x7fff_ffff_ffff_ffff]
    private static let clients: [ClientAddress] = [
        Samples.v4, Samples.v6, .v4(0), .v4(.max), .v6(high: 0, low: 1), .subject(0), .subject(.max),
    ]

    /// A process that is started anew found this.
    mutating func restart(with state: StoredState) {
        self.model = state
        self.noteWritten()
    }

    /// Everything is written.
    mutating func noteWritten() {
        self.written = [:]
        for room in self.model.rooms { self.written[room.name.mailbox] = (room.a.last, room.b.last) }
    }

    mutating func next(now: UnixMilliseconds) -> StoredChange {
        let change = self.draw(now)
        if case .forgotten(let mailbox) = change { self.written[mailbox] = nil }
        self.model.apply(change)
        return change
    }

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &self.random) == 0 }

    private mutating func draw(_ now: UnixMilliseconds) -> StoredChange {
        switch Int.random(in: 0..<20, using: &self.random) {
        case 0..<4:
            let life = Int64.random(in: 1...600_000, using: &self.random)
            return .minted(StoredCode(code: self.code(), room: self.room(), expires: now + life, client: self.pick(Self.clients)))
        case 4: return .freed(self.code(), room: self.room())
        case 5, 6:
            let known = self.chance(3) ? nil : self.model.codes.randomElement(using: &self.random)
            let (code, room) = (known?.code ?? self.code(), known?.room ?? self.room())
            return .redeemed(code, room: room, self.chance(2) ? nil : self.redemption(of: code, room, now))
        case 7..<13: return .item(self.item(now))
        case 13..<16:
            guard let (mailbox, last) = self.written.randomElement(using: &self.random) else { return .forgotten(self.mailbox()) }
            let side = self.side()
            // Numbers that are acknowledged never go back.
            let first = self.model.rooms.first { $0.name.mailbox == mailbox }?[side].acknowledged ?? 0
            return .acknowledged(mailbox, side, upTo: .random(in: first...(side == .a ? last.a : last.b), using: &self.random))
        case 16..<19:
            let mailbox = self.mailbox()
            let locked = self.model.rooms.first { $0.name.mailbox == mailbox }?.standing.lockedSides ?? []
            // A side that is locked stays it.
            return .roomStands(mailbox, self.standing(now, locked: self.chance(3) ? locked.union([self.side()]) : locked))
        default: return .forgotten(self.mailbox())
        }
    }

    private mutating func item(_ now: UnixMilliseconds) -> StoredItem {
        let mailbox = self.mailbox()
        let known = self.model.rooms.first { $0.name.mailbox == mailbox }
        let name = known?.name ?? StoredRoomName(id: self.room(), mailbox: mailbox, owner: self.pick(Self.clients))
        let (recipient, sender) = (self.side(), self.side())
        var accepted = known?[sender].accepted ?? AcceptedRefs()
        let ref = accepted.last + .random(in: 1...1500, using: &self.random)
        accepted.accept(ref, sid: self.chance(9) ? "another \u{1F511}" : "one")
        let size = self.chance(20) ? 20_000 : Int.random(in: 0..<60, using: &self.random)
        return StoredItem(
            room: name, standing: self.standing(now, locked: known?.standing.lockedSides ?? []), recipient: recipient,
            seq: (known?[recipient].last ?? 0) + 1, payload: ByteBuffer(bytes: self.random.bytes(size)), sender: sender,
            accepted: self.chance(3) ? nil : accepted)
    }

    private mutating func redemption(of code: Code, _ room: RoomID, _ now: UnixMilliseconds) -> StoredRedemption {
        StoredRedemption(
            code: code, id: Samples.redeemID(Int.random(in: 0..<3, using: &self.random)),
            redemption: .init(room: room, expiresAt: Double(now) / 1000 + .random(in: 0...600, using: &self.random)),
            forgotten: now + .random(in: 1...30_000, using: &self.random))
    }

    private mutating func standing(_ now: UnixMilliseconds, locked: Set<Side>) -> RoomStanding {
        RoomStanding(desertedSince: self.chance(2) ? nil : now - .random(in: 0..<500_000, using: &self.random), lockedSides: locked)
    }

    private mutating func code() -> Code {
        let digits = Int.random(in: 4...8, using: &self.random)
        let last = UInt32(Code.spaceSize(digits: digits) - 1)
        return Samples.code(self.pick([0, 1, 42, last, last - 1]), digits: digits)
    }

    private mutating func room() -> RoomID { Samples.room(.random(in: 0..<6, using: &self.random)) }
    private mutating func mailbox() -> MailboxID { MailboxID(self.pick(Self.mailboxes)) }
    private mutating func side() -> Side { self.chance(2) ? .a : .b }
    private mutating func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: values.indices, using: &self.random)] }
}

extension StoredSide {
    /// The number of the last item that was stored.
    fileprivate var last: UInt64 { self.acknowledged + UInt64(self.items.count) }
}
