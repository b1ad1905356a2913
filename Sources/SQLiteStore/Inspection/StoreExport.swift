import NetworkAddresses
import SignalingCore
import SignalingWire

/// Writes what is in a store as lines of JSON: one for each code, redemption, room and item.
///
/// It reads a few rows at a time, each room in one moment, so that a server can go on writing however slowly the lines are taken.
package struct StoreExport {
    private let store: ReadStore
    private let withPayloads: Bool

    package init(_ path: String, payloads: Bool) throws(StoreFault) {
        self.store = try ReadStore(path)
        self.withPayloads = payloads
    }

    /// Calls this with each line, without its end.
    package func forEachLine(_ body: (String) -> Void) throws(StoreFault) {
        do {
            try self.codes(body)
            try self.redemptions(body)
            try self.rooms(body)
        } catch {
            throw StoreFault(error)
        }
    }

    private static let rows = 1000

    private func codes(_ body: (String) -> Void) throws(DatabaseFault) {
        let rows = try self.store.database.prepare(
            "SELECT \(StoreReader.codeColumns) FROM codes WHERE code > ?1 ORDER BY code LIMIT \(Self.rows)")
        var lines: [String] = []
        var last = Int64.min
        repeat {
            lines = []
            try rows.forEachRow(.integer(last)) { () throws(DatabaseFault) in
                last = try rows.integer(0)
                lines.append(Self.line(try rows.storedCode()))
            }
            for line in lines { body(line) }
        } while !lines.isEmpty
    }

    private func redemptions(_ body: (String) -> Void) throws(DatabaseFault) {
        let rows = try self.store.database.prepare(
            "SELECT \(StoreReader.redemptionColumns), number FROM redemptions WHERE number > ?1 ORDER BY number LIMIT \(Self.rows)")
        var lines: [String] = []
        var last = Int64.min
        repeat {
            lines = []
            try rows.forEachRow(.integer(last)) { () throws(DatabaseFault) in
                last = try rows.integer(5)
                lines.append(Self.line(try rows.storedRedemption()))
            }
            for line in lines { body(line) }
        } while !lines.isEmpty
    }

    private func rooms(_ body: (String) -> Void) throws(DatabaseFault) {
        let database = self.store.database
        let rooms = try database.prepare("SELECT \(StoreReader.roomColumns) FROM rooms WHERE mailbox > ?1 ORDER BY mailbox LIMIT 1")
        let payload = self.withPayloads ? "payload" : "x''"
        let items = try database.prepare(
            "SELECT side, seq, length(payload), \(payload) FROM items WHERE mailbox = ?1 ORDER BY side, seq")
        var lines: [String] = []
        var last = Int64.min
        repeat {
            lines = []
            try database.inOneMoment { () throws(DatabaseFault) in
                var room: StoredRoom?
                try rooms.forEachRow(.integer(last)) { () throws(DatabaseFault) in
                    last = try rooms.integer(0)
                    room = try rooms.storedRoom()
                }
                guard let room else { return }
                lines.append(Self.line(room))
                try items.forEachRow(.integer(last)) { () throws(DatabaseFault) in
                    let item = ExportedItem(
                        mailbox: room.name.mailbox, recipient: try items.side(0), seq: try items.seq(1), bytes: try items.integer(2))
                    lines.append(item.line(payload: self.withPayloads ? try items.bytes(3) : nil))
                }
            }
            for line in lines { body(line) }
        } while !lines.isEmpty
    }

    // MARK: - Lines. No value has a character that JSON would have escaped.

    private static func line(_ code: StoredCode) -> String {
        """
        {"kind":"code","code":"\(code.code.text)","room":"\(code.room.text)","expires":\(code.expires),\
        "client":"\(code.client.logText(full: false))"}
        """
    }

    private static func line(_ redemption: StoredRedemption) -> String {
        """
        {"kind":"redemption","code":"\(redemption.code.text)","id":"\(redemption.id.text)","room":"\(redemption.redemption.room.text)",\
        "forgotten":\(redemption.forgotten)}
        """
    }

    private static func line(_ room: StoredRoom) -> String {
        let locked = Side.allCases.filter { room.standing.lockedSides.contains($0) }.map { "\"\($0.name)\"" }.joined(separator: ",")
        let sides = Side.allCases.map { side in
            #""\#(side.name)":{"acknowledged":\#(room[side].acknowledged),"last_ref":\#(room[side].accepted.last)}"#
        }.joined(separator: ",")
        return """
            {"kind":"room","room":"\(room.name.id.text)","mailbox":"\(room.name.mailbox.text)",\
            "owner":"\(room.name.owner.logText(full: false))","deserted":\(room.standing.desertedSince.map { "\($0)" } ?? "null"),\
            "locked":[\(locked)],\(sides)}
            """
    }
}

private struct ExportedItem {
    let mailbox: MailboxID
    let recipient: Side
    let seq: UInt64
    let bytes: Int64

    /// A payload is JSON as its sender wrote it, perhaps over several lines: what breaks them is blank space there.
    func line(payload: [UInt8]?) -> String {
        let text = payload.map { String(decoding: $0.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self) }
        let end = text.map { #","payload":\#($0)}"# } ?? "}"
        return """
            {"kind":"item","mailbox":"\(self.mailbox.text)","to":"\(self.recipient.name)","seq":\(self.seq),"bytes":\(self.bytes)\(end)
            """
    }
}
