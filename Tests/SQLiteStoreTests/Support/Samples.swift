import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingWire

/// Values that a store may hold.
enum Samples {
    static func code(_ value: UInt32, digits: Int = 4) -> Code {
        guard let code = Code(value: value, digits: digits) else { preconditionFailure("no code") }
        return code
    }

    static func room(_ number: UInt64) -> RoomID { RoomID(high: .max - number, low: number) }

    static func redeemID(_ number: Int) -> RedeemID {
        guard let id = RedeemID(Array("attempt-\(1_000_000_000 + number)_".utf8)) else { preconditionFailure("no name") }
        return id
    }

    static let v4 = ClientAddress.v4(0xcb00_7105)
    static let v6 = ClientAddress.v6(high: 0x2001_0db8_0000_0001, low: .max)

    static func stored(_ value: UInt32, room: UInt64 = 1, expires: UnixMilliseconds) -> StoredCode {
        StoredCode(code: Self.code(value), room: Self.room(room), expires: expires, client: Self.v4)
    }

    static func redemption(_ value: UInt32, _ id: Int = 1, room: UInt64 = 1, forgotten: UnixMilliseconds) -> StoredRedemption {
        StoredRedemption(
            code: Self.code(value), id: Self.redeemID(id), redemption: .init(room: Self.room(room), expiresAt: 1_700_000_000.125),
            forgotten: forgotten)
    }

    static func name(_ number: UInt64) -> StoredRoomName {
        StoredRoomName(id: Self.room(number), mailbox: MailboxID(number), owner: Self.v4)
    }

    static func item(
        _ mailbox: UInt64, to recipient: Side = .b, seq: UInt64, _ payload: String = #""x""#, standing: RoomStanding = RoomStanding(),
        accepted: AcceptedRefs? = nil
    ) -> StoredChange {
        .item(
            StoredItem(
                room: Self.name(mailbox), standing: standing, recipient: recipient, seq: seq, payload: ByteBuffer(string: payload),
                sender: recipient.other, accepted: accepted))
    }
}
