import NIOCore
import SignalingWire
import WebSocketCore

/// A client's stream of bytes to the server, with a note of what each frame in it means and where it ends.
struct ClientWire {
    /// Not yet at the server's end of the connection.
    var bytes = ByteBuffer()
    private(set) var written = 0
    private var frames: CircularBuffer<(end: Int, meaning: Meaning)> = []

    /// A frame; `end` is where in it the server can judge it, counted from its start: the end, if nil.
    mutating func append(first: UInt8, _ payload: ByteBuffer, mask: UInt32, means meaning: Meaning, end: Int? = nil) {
        let start = self.written
        let length = payload.readableBytes
        let before = self.bytes.writerIndex
        if length < 126 {
            self.bytes.writeMultipleIntegers(first, 0x80 | UInt8(length), mask)
        } else if length <= 0xFFFF {
            self.bytes.writeMultipleIntegers(first, 0xFE as UInt8, UInt16(length), mask)
        } else {
            self.bytes.writeMultipleIntegers(first, 0xFF as UInt8, UInt64(length), mask)
        }
        let body = self.bytes.writerIndex
        self.bytes.writeImmutableBuffer(payload)
        Self.mask(&self.bytes, from: body, mask)
        self.written += self.bytes.writerIndex - before
        self.note(meaning, end: end.map { start + $0 } ?? self.written)
    }

    /// Bytes that are no proper frame.
    mutating func append(raw: [UInt8], means meaning: Meaning) {
        self.bytes.writeBytes(raw)
        self.written += raw.count
        self.note(meaning, end: self.written)
    }

    private mutating func note(_ meaning: Meaning, end: Int) {
        if case .nothing = meaning { return }
        self.frames.append((end, meaning))
    }

    /// The next frame that is wholly among the first `count` bytes.
    mutating func next(within count: Int) -> Meaning? {
        guard let first = self.frames.first, first.end <= count else { return nil }
        return self.frames.removeFirst().meaning
    }

    /// Whether a frame is under way that the connection will be closed for, with that code if one is given. Of some the server needs no
    /// more than the first byte.
    func holdsViolation(_ code: CloseCode? = nil) -> Bool {
        self.frames.contains { if case .violation(let other) = $0.meaning { code == nil || code == other } else { false } }
    }

    private static func mask(_ bytes: inout ByteBuffer, from start: Int, _ mask: UInt32) {
        let wide = UInt64(mask) << 32 | UInt64(mask)
        var index = start
        while index + 8 <= bytes.writerIndex, let word = bytes.getInteger(at: index, as: UInt64.self) {
            bytes.setInteger(word ^ wide, at: index)
            index += 8
        }
        while index < bytes.writerIndex, let byte = bytes.getInteger(at: index, as: UInt8.self) {
            bytes.setInteger(byte ^ UInt8(truncatingIfNeeded: mask >> UInt32(8 * (3 - ((index - start) & 3)))), at: index)
            index += 1
        }
    }
}
