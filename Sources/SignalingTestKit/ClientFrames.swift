package import NIOCore
import SignalingWire
package import WebSocketCore

/// Frames as clients write them, well-formed or not: RFC 6455 section 5.2 bit by bit.
package struct ClientFrame: Sendable {
    /// How the payload's length is spelled.
    package enum LengthForm: Sendable { case minimal, sixteenBits, sixtyFourBits, claimed(UInt64) }

    package var firstByte: UInt8
    package var payload: [UInt8]
    package var mask: UInt32?
    package var lengthForm = LengthForm.minimal

    package init(_ opcode: Opcode, _ payload: [UInt8] = [], isFinal: Bool = true, mask: UInt32? = 0xA1B2_C3D4) {
        self.firstByte = (isFinal ? 0x80 : 0) | opcode.rawValue
        self.payload = payload
        self.mask = mask
    }

    package static func text(_ text: String, isFinal: Bool = true) -> ClientFrame {
        ClientFrame(.text, Array(text.utf8), isFinal: isFinal)
    }

    package static func close(_ code: UInt16?, reason: [UInt8] = []) -> ClientFrame {
        ClientFrame(.close, code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] + reason } ?? [])
    }

    package func with(_ change: (inout ClientFrame) -> Void) -> ClientFrame {
        var copy = self
        change(&copy)
        return copy
    }

    package var bytes: [UInt8] {
        var bytes = [self.firstByte]
        let maskBit: UInt8 = self.mask == nil ? 0 : 0x80
        func extended(_ length: UInt64, _ width: Int) -> [UInt8] {
            (0..<width).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * (width - 1 - $0))) }
        }
        let count = UInt64(self.payload.count)
        switch self.lengthForm {
        case .minimal where count < 126: bytes.append(maskBit | UInt8(count))
        case .minimal where count <= 0xFFFF: bytes += [maskBit | 126] + extended(count, 2)
        case .sixteenBits: bytes += [maskBit | 126] + extended(count, 2)
        case .minimal, .sixtyFourBits: bytes += [maskBit | 127] + extended(count, 8)
        case .claimed(let length): bytes += [maskBit | 127] + extended(length, 8)
        }
        guard let mask = self.mask else { return bytes + self.payload }
        let key = (0..<4).map { UInt8(truncatingIfNeeded: mask >> UInt32(8 * (3 - $0))) }
        bytes += key
        bytes += self.payload.enumerated().map { $1 ^ key[$0 & 3] }
        return bytes
    }
}

extension [ClientFrame] {
    package var bytes: [UInt8] { self.flatMap(\.bytes) }
}

/// A frame that the server wrote.
package struct ReceivedFrame: Equatable, Sendable, CustomStringConvertible {
    package var opcode: Opcode
    package var payload: [UInt8]

    package init(_ opcode: Opcode, _ payload: [UInt8]) {
        self.opcode = opcode
        self.payload = payload
    }

    package static func text(_ text: String) -> ReceivedFrame { ReceivedFrame(.text, Array(text.utf8)) }
    package static func close(_ code: UInt16, _ reason: String) -> ReceivedFrame {
        ReceivedFrame(.close, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
    }
    package static let roomFull = ReceivedFrame.text(#"{"type":"room_full"}"#)
    package static let peerLeft = ReceivedFrame.text(#"{"type":"peer_left"}"#)

    package var text: String { String(decoding: self.payload, as: UTF8.self) }

    package var description: String {
        guard self.opcode == .close, self.payload.count >= 2 else { return "\(self.opcode) \(self.text.prefix(200))" }
        let code = UInt16(self.payload[0]) << 8 | UInt16(self.payload[1])
        return "close \(code) \(String(decoding: self.payload.dropFirst(2), as: UTF8.self))"
    }

    /// All whole frames of a server's output. Nil where it is not what a server may send: unmasked, final, without reserved bits, the
    /// length spelled in the fewest bytes.
    package static func frames(in bytes: ByteBuffer) -> [ReceivedFrame]? {
        var input = bytes
        var frames: [ReceivedFrame] = []
        while let first = input.readInteger(as: UInt8.self) {
            guard first & 0xF0 == 0x80, let opcode = Opcode(rawValue: first & 0x0F), let short = input.readInteger(as: UInt8.self) else {
                return nil
            }
            var length = Int(short)
            if short == 126 {
                guard let extended = input.readInteger(as: UInt16.self), extended >= 126 else { return nil }
                length = Int(extended)
            } else if short == 127 {
                guard let extended = input.readInteger(as: UInt64.self), extended > 0xFFFF else { return nil }
                length = Int(extended)
            } else if short > 127 {
                return nil
            }
            guard let payload = input.readBytes(length: length) else { return nil }
            frames.append(ReceivedFrame(opcode, payload))
        }
        return frames
    }
}
