package import NIOCore

/// A message from the server: one of its own, or a peer's as it was relayed.
package enum ServerMessage: Equatable, Sendable {
    case roomFull
    case peerLeft
    case goingAway
    /// Why the peers do not reach each other. Clients that do not know it ignore it, as all here do.
    case diagnosis
    case error(code: String)
    /// A mailbox item; `isDeliver` tells the two spellings of its type apart.
    case item(isDeliver: Bool, seq: Int, payload: ByteBuffer)
    case relayed(Opcode, ByteBuffer)

    /// Peers' frames begin with `{"type":"` too, so the server's own are told by all that is fixed in them. A frame that merely looks
    /// like one comes out as relayed, and whoever expects none will say so.
    package init(_ opcode: Opcode, _ payload: ByteBuffer) {
        guard opcode == .text, let initial: UInt8 = payload.getInteger(at: payload.readerIndex + Self.typeOffset) else {
            self = .relayed(opcode, payload)
            return
        }
        switch initial {
        case UInt8(ascii: "r") where payload.is(#"{"type":"room_full"}"#): self = .roomFull
        case UInt8(ascii: "p") where payload.is(#"{"type":"peer_left"}"#): self = .peerLeft
        case UInt8(ascii: "g") where payload.begins(#"{"type":"going_away","reconnectAfterMs":"#): self = .goingAway
        case UInt8(ascii: "d") where payload.begins(#"{"type":"diagnosis","cause":""#): self = .diagnosis
        case UInt8(ascii: "e"): self = Self.error(in: payload) ?? .relayed(opcode, payload)
        case UInt8(ascii: "s"): self = Self.item(in: payload, #"{"type":"send","seq":"#, isDeliver: false) ?? .relayed(opcode, payload)
        case UInt8(ascii: "d"): self = Self.item(in: payload, #"{"type":"deliver","seq":"#, isDeliver: true) ?? .relayed(opcode, payload)
        default: self = .relayed(opcode, payload)
        }
    }

    private static let typeOffset = #"{"type":""#.utf8.count

    private static func error(in payload: ByteBuffer) -> Self? {
        let head: StaticString = #"{"type":"error","code":""#
        guard payload.begins(head) else { return nil }
        let code = payload.readableBytesView.dropFirst(head.utf8CodeUnitCount).prefix { $0 != UInt8(ascii: "\"") }
        return .error(code: String(decoding: code, as: UTF8.self))
    }

    private static func item(in payload: ByteBuffer, _ head: StaticString, isDeliver: Bool) -> Self? {
        guard payload.begins(head) else { return nil }
        var rest = payload
        rest.moveReaderIndex(forwardBy: head.utf8CodeUnitCount)
        var seq = 0
        while let digit: UInt8 = rest.getInteger(at: rest.readerIndex), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            guard seq < 1 << 50 else { return nil }
            seq = seq * 10 + Int(digit - UInt8(ascii: "0"))
            rest.moveReaderIndex(forwardBy: 1)
        }
        let middle: StaticString = #","payload":"#
        guard rest.begins(middle) else { return nil }
        rest.moveReaderIndex(forwardBy: middle.utf8CodeUnitCount)
        guard let content = rest.readSlice(length: rest.readableBytes - 1), rest.is("}") else { return nil }
        return .item(isDeliver: isDeliver, seq: seq, payload: content)
    }
}

extension ByteBuffer {
    func begins(_ text: StaticString) -> Bool {
        guard self.readableBytes >= text.utf8CodeUnitCount else { return false }
        return self.withUnsafeReadableBytes { bytes in
            text.withUTF8Buffer { bytes[..<$0.count].elementsEqual($0) }
        }
    }

    func `is`(_ text: StaticString) -> Bool { self.readableBytes == text.utf8CodeUnitCount && self.begins(text) }
}
