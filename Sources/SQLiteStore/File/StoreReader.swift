import NIOCore
import SignalingCore
import SignalingWire

/// Reads what a store holds. What cannot be so is damage: nothing is guessed.
struct StoreReader {
    let database: Database

    static let codeColumns = "code, room, expires, client"
    static let redemptionColumns = "code, id, room, expires_at, forgotten"
    static let roomColumns = """
        mailbox, room, owner, deserted, locked, a_acknowledged, a_sid, a_last, a_refused, b_acknowledged, b_sid, b_last, b_refused
        """

    /// Without payloads, items are there, and empty.
    func state(payloads: Bool = true) throws(DatabaseFault) -> StoredState {
        var state = StoredState()
        let codes = try self.database.prepare("SELECT \(Self.codeColumns) FROM codes")
        try codes.forEachRow { () throws(DatabaseFault) in state.codes.append(try codes.storedCode()) }
        state.redemptions = try self.redemptions()
        state.rooms = try self.rooms(payloads: payloads)
        return state
    }

    private func redemptions() throws(DatabaseFault) -> [StoredRedemption] {
        struct Name: Hashable {
            let code: UInt32
            let digits: Int
            let id: RedeemID
        }
        var found: [StoredRedemption] = []
        var places: [Name: Int] = [:]
        let rows = try self.database.prepare("SELECT \(Self.redemptionColumns) FROM redemptions ORDER BY number")
        try rows.forEachRow { () throws(DatabaseFault) in
            let redemption = try rows.storedRedemption()
            let name = Name(code: redemption.code.value, digits: redemption.code.digits, id: redemption.id)
            if let place = places[name] {
                found[place] = redemption
            } else {
                places[name] = found.count
                found.append(redemption)
            }
        }
        return found
    }

    private func rooms(payloads: Bool) throws(DatabaseFault) -> [StoredRoom] {
        var found: [StoredRoom] = []
        let rooms = try self.database.prepare("SELECT \(Self.roomColumns) FROM rooms ORDER BY mailbox")
        try rooms.forEachRow { () throws(DatabaseFault) in found.append(try rooms.storedRoom()) }
        let places = Dictionary(uniqueKeysWithValues: found.indices.map { (found[$0].name.mailbox, $0) })
        let payload = payloads ? "payload" : "CASE typeof(payload) WHEN 'blob' THEN x'' ELSE payload END"
        let items = try self.database.prepare("SELECT mailbox, side, seq, \(payload) FROM items ORDER BY number")
        try items.forEachRow { () throws(DatabaseFault) in
            guard let index = places[try items.mailbox(0)] else { throw DatabaseFault(.damaged, "an item without a room") }
            let side = try items.side(1)
            guard try items.seq(2) == found[index].nextSeq(side) else { throw DatabaseFault(.damaged, "an item that is missing") }
            found[index][side].items.append(try items.buffer(3))
        }
        return found
    }

    func key(_ name: String) throws(DatabaseFault) -> [UInt8]? {
        var key: [UInt8]?
        let rows = try self.database.prepare("SELECT value FROM keys WHERE name = ?1")
        try rows.forEachRow(.text(name)) { () throws(DatabaseFault) in key = try rows.bytes(0) }
        return key
    }
}

extension StoredRoom {
    fileprivate func nextSeq(_ side: Side) -> UInt64 { self[side].acknowledged + UInt64(self[side].items.count) + 1 }
}

// A row of each table, with the columns that `StoreReader` names.
extension Statement {
    func storedCode() throws(DatabaseFault) -> StoredCode {
        StoredCode(code: try self.code(0), room: try self.room(1), expires: try self.integer(2), client: try self.address(3))
    }

    func storedRedemption() throws(DatabaseFault) -> StoredRedemption {
        StoredRedemption(
            code: try self.code(0), id: try self.redeemID(1),
            redemption: RecentRedemptions.Redemption(room: try self.room(2), expiresAt: try self.real(3)), forgotten: try self.integer(4))
    }

    /// Without its items.
    func storedRoom() throws(DatabaseFault) -> StoredRoom {
        StoredRoom(
            name: StoredRoomName(id: try self.room(1), mailbox: try self.mailbox(0), owner: try self.address(2)),
            standing: try self.standing(deserted: 3, locked: 4),
            a: StoredSide(acknowledged: try self.seq(5), accepted: try self.acceptedRefs(6)),
            b: StoredSide(acknowledged: try self.seq(9), accepted: try self.acceptedRefs(10)))
    }
}
