package import NIOCore

/// Writes masked client frames. Each has a mask of its own, as RFC 6455 asks; that the masks can be guessed harms nobody here.
package struct ClientFrameWriter: Sendable {
    private var masks: SplitMix64

    package init(seed: UInt64) { self.masks = SplitMix64(seed: seed) }

    package mutating func write(_ opcode: Opcode, isFinal: Bool = true, payload: ByteBuffer, into output: inout ByteBuffer) {
        let count = payload.readableBytes
        let mask = UInt32(truncatingIfNeeded: self.masks.next())
        output.reserveCapacity(minimumWritableBytes: count + 14)
        output.writeInteger(opcode.rawValue | (isFinal ? 0x80 : 0))
        switch count {
        case ..<126: output.writeInteger(UInt8(count) | 0x80)
        case ...0xFFFF:
            output.writeInteger(126 | 0x80 as UInt8)
            output.writeInteger(UInt16(count))
        default:
            output.writeInteger(127 | 0x80 as UInt8)
            output.writeInteger(UInt64(count))
        }
        output.writeInteger(mask, endianness: .little)
        Self.writeMasked(payload, mask, into: &output)
    }

    private static func writeMasked(_ payload: ByteBuffer, _ mask: UInt32, into output: inout ByteBuffer) {
        let count = payload.readableBytes
        let wide = (UInt64(mask) | UInt64(mask) << 32).littleEndian
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            payload.withUnsafeReadableBytes { source in
                // The source is exactly `count` bytes long, the target at least that: it was asked for. Offsets stay below `count`.
                var offset = 0
                while offset &+ 8 <= count {
                    let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ wide
                    target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
                    offset &+= 8
                }
                while offset < count {
                    target[offset] = source[offset] ^ UInt8(truncatingIfNeeded: mask >> UInt32((offset & 3) &* 8))
                    offset &+= 1
                }
            }
            return count
        }
    }
}
