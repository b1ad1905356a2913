import SignalingCore
import SignalingWire

/// Carries changes out in a database, as `StoredState.apply` says.
final class ChangeStatements {
    private let putCode: Statement
    private let dropCode: Statement
    private let putRedemption: Statement
    private let putRoom: Statement
    private let putRoomWithRefs: [Statement]
    private let putItem: Statement
    private let acknowledge: [Statement]
    private let dropItems: Statement
    private let setStanding: Statement
    private let forgetItems: Statement
    private let forgetRoom: Statement

    init(_ database: Database) throws(DatabaseFault) {
        self.putCode = try database.prepare("INSERT OR REPLACE INTO codes (code, room, expires, client) VALUES (?1, ?2, ?3, ?4)")
        self.dropCode = try database.prepare("DELETE FROM codes WHERE code = ?1 AND room = ?2")
        self.putRedemption = try database.prepare(
            "INSERT INTO redemptions (code, id, room, expires_at, forgotten) VALUES (?1, ?2, ?3, ?4, ?5)")
        self.putRoom = try database.prepare(
            """
            INSERT INTO rooms (mailbox, room, owner, deserted, locked) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (mailbox) DO UPDATE SET deserted = excluded.deserted, locked = excluded.locked
            """)
        var putRoomWithRefs: [Statement] = []
        var acknowledge: [Statement] = []
        for side in Side.allCases {
            let s = Self.prefix(side)
            putRoomWithRefs.append(
                try database.prepare(
                    """
                    INSERT INTO rooms (mailbox, room, owner, deserted, locked, \(s)_sid, \(s)_last, \(s)_refused)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                    ON CONFLICT (mailbox) DO UPDATE SET deserted = excluded.deserted, locked = excluded.locked,
                        \(s)_sid = excluded.\(s)_sid, \(s)_last = excluded.\(s)_last, \(s)_refused = excluded.\(s)_refused
                    """))
            // A number past the end of the mailbox means its end.
            acknowledge.append(
                try database.prepare(
                    """
                    UPDATE rooms SET \(s)_acknowledged = (SELECT max(seq) FROM items WHERE mailbox = ?1 AND side = ?2 AND seq <= ?3)
                    WHERE mailbox = ?1 AND EXISTS (SELECT 1 FROM items WHERE mailbox = ?1 AND side = ?2 AND seq <= ?3)
                    """))
        }
        self.putRoomWithRefs = putRoomWithRefs
        self.acknowledge = acknowledge
        self.putItem = try database.prepare("INSERT INTO items (mailbox, side, seq, payload) VALUES (?1, ?2, ?3, ?4)")
        self.dropItems = try database.prepare("DELETE FROM items WHERE mailbox = ?1 AND side = ?2 AND seq <= ?3")
        // Of a side that is locked now, somebody else's items were recorded before. On the right are the values of before.
        let refs = Side.allCases.flatMap { side in
            ["sid", "last", "refused"].map { column in
                let name = "\(Self.prefix(side))_\(column)"
                return "\(name) = CASE WHEN ?3 & ~locked & \(1 << side.rawValue) THEN NULL ELSE \(name) END"
            }
        }
        self.setStanding = try database.prepare(
            "UPDATE rooms SET deserted = ?2, locked = ?3, \(refs.joined(separator: ", ")) WHERE mailbox = ?1")
        self.forgetItems = try database.prepare("DELETE FROM items WHERE mailbox = ?1")
        self.forgetRoom = try database.prepare("DELETE FROM rooms WHERE mailbox = ?1")
    }

    /// What the names of a side's columns begin with.
    static func prefix(_ side: Side) -> String { side == .a ? "a" : "b" }

    func apply(_ change: StoredChange) throws(DatabaseFault) {
        switch change {
        case .minted(let code):
            try self.putCode.run(.code(code.code), .room(code.room), .integer(code.expires), .address(code.client))
        case .freed(let code, let room): try self.dropCode.run(.code(code), .room(room))
        case .redeemed(let code, let room, let redemption):
            try self.dropCode.run(.code(code), .room(room))
            guard let redemption else { return }
            try self.putRedemption.run(
                .code(redemption.code), .text(redemption.id.text), .room(redemption.redemption.room),
                .real(redemption.redemption.expiresAt), .integer(redemption.forgotten))
        case .item(let item): try self.store(item)
        case .acknowledged(let mailbox, let side, let seq):
            try self.acknowledge[Int(side.rawValue)].run(.mailbox(mailbox), .side(side), .seq(seq))
            try self.dropItems.run(.mailbox(mailbox), .side(side), .seq(seq))
        case .roomStands(let mailbox, let standing):
            try self.setStanding.run(.mailbox(mailbox), .deserted(standing), .locked(standing))
        case .forgotten(let mailbox):
            try self.forgetItems.run(.mailbox(mailbox))
            try self.forgetRoom.run(.mailbox(mailbox))
        }
    }

    private func store(_ item: StoredItem) throws(DatabaseFault) {
        let (name, standing) = (item.room, item.standing)
        if let refs = item.accepted, refs.last > 0 {
            try self.putRoomWithRefs[Int(item.sender.rawValue)].run(
                .mailbox(name.mailbox), .room(name.id), .address(name.owner), .deserted(standing), .locked(standing), .text(refs.sid),
                .seq(refs.last), .refused(refs))
        } else {
            try self.putRoom.run(.mailbox(name.mailbox), .room(name.id), .address(name.owner), .deserted(standing), .locked(standing))
        }
        try self.putItem.run(.mailbox(name.mailbox), .side(item.recipient), .seq(item.seq), .buffer(item.payload))
    }
}
