import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingWire

// What the values of a store are in the columns of its tables, and back.

extension SQLValue {
    static func code(_ code: Code) -> SQLValue { .integer(Int64(code.digits) * codeStride + Int64(code.value)) }

    static func room(_ room: RoomID) -> SQLValue { .bytes(bigEndian(room.high) + bigEndian(room.low)) }

    static func mailbox(_ mailbox: MailboxID) -> SQLValue { .integer(Int64(bitPattern: mailbox.number)) }

    static func side(_ side: Side) -> SQLValue { .integer(Int64(side.rawValue)) }

    /// A number of an item, which a client may have made up.
    static func seq(_ seq: UInt64) -> SQLValue { .integer(Int64(clamping: seq)) }

    static func address(_ address: ClientAddress) -> SQLValue {
        switch address {
        case .v4(let bits): .bytes(bigEndian(bits))
        case .v6(let high, let low): .bytes(bigEndian(high) + bigEndian(low))
        case .subject(let hash): .bytes(bigEndian(hash))
        }
    }

    static func deserted(_ standing: RoomStanding) -> SQLValue { standing.desertedSince.map { .integer($0) } ?? .null }

    static func locked(_ standing: RoomStanding) -> SQLValue {
        .integer(standing.lockedSides.reduce(0) { $0 | 1 << Int64($1.rawValue) })
    }

    static func refused(_ refs: AcceptedRefs) -> SQLValue {
        refs.refused.isEmpty ? .null : .bytes(refs.refused.flatMap { bigEndian($0) })
    }
}

extension Statement {
    func code(_ column: Int32) throws(DatabaseFault) -> Code {
        let (digits, value) = try self.integer(column).quotientAndRemainder(dividingBy: codeStride)
        guard let value = UInt32(exactly: value), let code = Code(value: value, digits: Int(digits)) else {
            throw DatabaseFault(.damaged, "a code that cannot be")
        }
        return code
    }

    func room(_ column: Int32) throws(DatabaseFault) -> RoomID {
        let bytes = try self.bytes(column)
        guard bytes.count == 16 else { throw DatabaseFault(.damaged, "a room's name that cannot be") }
        return RoomID(high: fromBigEndian(bytes[..<8]), low: fromBigEndian(bytes[8...]))
    }

    func mailbox(_ column: Int32) throws(DatabaseFault) -> MailboxID { MailboxID(UInt64(bitPattern: try self.integer(column))) }

    func side(_ column: Int32) throws(DatabaseFault) -> Side {
        guard let side = UInt8(exactly: try self.integer(column)).flatMap({ Side(rawValue: $0) }) else {
            throw DatabaseFault(.damaged, "a side that cannot be")
        }
        return side
    }

    func seq(_ column: Int32) throws(DatabaseFault) -> UInt64 {
        guard let seq = UInt64(exactly: try self.integer(column)) else { throw DatabaseFault(.damaged, "a number that cannot be") }
        return seq
    }

    func address(_ column: Int32) throws(DatabaseFault) -> ClientAddress {
        let bytes = try self.bytes(column)
        switch bytes.count {
        case 4: return .v4(UInt32(fromBigEndian(bytes[...])))
        case 8: return .subject(fromBigEndian(bytes[...]))
        case 16: return .v6(high: fromBigEndian(bytes[..<8]), low: fromBigEndian(bytes[8...]))
        default: throw DatabaseFault(.damaged, "an address that cannot be")
        }
    }

    func redeemID(_ column: Int32) throws(DatabaseFault) -> RedeemID {
        guard let id = RedeemID(Array(try self.text(column).utf8)) else {
            throw DatabaseFault(.damaged, "a redemption's name that cannot be")
        }
        return id
    }

    /// Of these two columns.
    func standing(deserted: Int32, locked: Int32) throws(DatabaseFault) -> RoomStanding {
        let bits = try self.integer(locked)
        guard (0...3).contains(bits) else { throw DatabaseFault(.damaged, "sides that cannot be") }
        return RoomStanding(
            desertedSince: try self.optionalInteger(deserted),
            lockedSides: Set(Side.allCases.filter { bits >> Int64($0.rawValue) & 1 == 1 }))
    }

    /// Of the three columns from this one on.
    func acceptedRefs(_ column: Int32) throws(DatabaseFault) -> AcceptedRefs {
        if self.isNull(column) { return AcceptedRefs() }
        let sid = try self.text(column)
        let last = try self.seq(column + 1)
        let refused = self.isNull(column + 2) ? [] : try self.bytes(column + 2)
        let words = stride(from: 0, to: refused.count, by: 8).map { fromBigEndian(refused[$0..<min($0 + 8, refused.count)]) }
        guard !sid.isEmpty, refused.count.isMultiple(of: 8), let refs = AcceptedRefs(sid: sid, last: last, refused: words) else {
            throw DatabaseFault(.damaged, "a record of accepted items that cannot be")
        }
        return refs
    }
}

/// No code has a value as large as this.
private let codeStride: Int64 = 100_000_000

private func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }

private func fromBigEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
