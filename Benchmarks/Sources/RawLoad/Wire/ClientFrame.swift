/// Masked frames as bytes, made once and sent often.
package enum ClientFrame {
    private static let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]

    package static func text(_ payload: [UInt8]) -> [UInt8] { self.bytes(opcode: 1, payload) }

    package static func close(_ code: UInt16) -> [UInt8] {
        self.bytes(opcode: FrameScanner.close, [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)])
    }

    package static func bytes(opcode: UInt8, _ payload: some Collection<UInt8>) -> [UInt8] {
        let count = payload.count
        let extended = count < 126 ? 0 : count < 65_536 ? 2 : 8
        var frame: [UInt8] = [0x80 | opcode, 0x80 | (extended == 0 ? UInt8(count) : extended == 2 ? 126 : 127)]
        frame.reserveCapacity(6 + extended + count)
        for byte in (0..<extended).reversed() { frame.append(UInt8(truncatingIfNeeded: count >> (8 * byte))) }
        frame += self.mask
        for (index, byte) in payload.enumerated() { frame.append(byte ^ self.mask[index & 3]) }
        return frame
    }
}
