package import NIOCore

/// RFC 6455 section 5.2: the opcodes this server knows.
package enum Opcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA
}

/// Frames as the server writes them: never masked, never fragmented.
package enum WebSocketFrame {
    /// Bytes that a header for this payload takes.
    package static func headerLength(_ payload: Int) -> Int {
        payload < 126 ? 2 : payload <= 0xFFFF ? 4 : 10
    }

    /// A final frame's header.
    package static func writeHeader(_ opcode: Opcode, payload: Int, into buffer: inout ByteBuffer) {
        let first = 0x80 | opcode.rawValue
        if payload < 126 {
            buffer.writeMultipleIntegers(first, UInt8(payload))
        } else if payload <= 0xFFFF {
            buffer.writeMultipleIntegers(first, 126 as UInt8, UInt16(payload))
        } else {
            buffer.writeMultipleIntegers(first, 127 as UInt8, UInt64(payload))
        }
    }

    /// A whole final frame, in one step: a relayed frame is written once for each receiver.
    package static func write(_ opcode: Opcode, payload: ByteBuffer, into buffer: inout ByteBuffer) {
        payload.withUnsafeReadableBytes { source in
            let length = self.headerLength(source.count)
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length + source.count) { target in
                // There is space for as much as was asked for: the header's bytes, and the payload's behind them.
                target[0] = 0x80 | opcode.rawValue
                switch length {
                case 2: target[1] = UInt8(truncatingIfNeeded: source.count)
                case 4:
                    target[1] = 126
                    target.storeBytes(of: UInt16(truncatingIfNeeded: source.count).bigEndian, toByteOffset: 2, as: UInt16.self)
                default:
                    target[1] = 127
                    target.storeBytes(of: UInt64(source.count).bigEndian, toByteOffset: 2, as: UInt64.self)
                }
                if source.count > 0 { UnsafeMutableRawBufferPointer(rebasing: target[length...]).copyMemory(from: source) }
                return length + source.count
            }
        }
    }

    /// A close frame; without a code in response to one without.
    package static func writeClose(_ code: UInt16?, reason: String = "", into buffer: inout ByteBuffer) {
        guard let code else { return self.writeHeader(.close, payload: 0, into: &buffer) }
        // A control frame holds 125 bytes, two of them the code.
        let reason = reason.utf8.prefix(123)
        self.writeHeader(.close, payload: 2 + reason.count, into: &buffer)
        buffer.writeInteger(code)
        buffer.writeBytes(reason)
    }

    /// Close codes that may stand in a frame (RFC 6455 section 7.4 and the IANA registry).
    package static func isValidOnTheWire(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
