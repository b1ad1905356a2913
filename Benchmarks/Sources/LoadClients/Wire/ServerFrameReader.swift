package import NIOCore

/// A strict RFC 6455 reader for what a server sends: unmasked frames, no extensions, lengths minimally encoded, text in UTF-8, whole
/// control frames. Anything else is a fault of the server, and the reader says which.
package struct ServerFrameReader: Sendable {
    package enum Event: Equatable, Sendable {
        case needMore
        case message(Opcode, ByteBuffer)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        /// The code, unless the frame was empty.
        case close(UInt16?)
        case violation(String)
    }

    /// More than any message a server may be configured to take.
    private static let longest = 64 << 20

    private var partial: (opcode: Opcode, payload: ByteBuffer)?
    private var hasEnded = false

    package init() {}

    /// Takes one event off the input; what is not a whole frame yet stays there. Payloads are slices of the input.
    package mutating func next(from input: inout ByteBuffer) -> Event {
        while true {
            if self.hasEnded { return input.readableBytes == 0 ? .needMore : .violation("bytes behind the close frame") }
            let start = input.readerIndex
            guard let first = input.getInteger(at: start, as: UInt8.self), let second = input.getInteger(at: start + 1, as: UInt8.self)
            else { return .needMore }
            guard first & 0x70 == 0, let opcode = Opcode(rawValue: first & 0x0F) else { return .violation("reserved bits or opcode") }
            guard second & 0x80 == 0 else { return .violation("a masked frame") }
            let isFinal = first & 0x80 != 0
            var length = Int(second)
            var header = 2
            if opcode.isControl, length > 125 || !isFinal { return .violation("a control frame that is long or a fragment") }
            if length == 126 {
                guard let extended = input.getInteger(at: start + 2, as: UInt16.self) else { return .needMore }
                guard extended > 125 else { return .violation("a length that is not minimal") }
                (length, header) = (Int(extended), 4)
            } else if length == 127 {
                guard let extended = input.getInteger(at: start + 2, as: UInt64.self) else { return .needMore }
                guard extended > 0xFFFF else { return .violation("a length that is not minimal") }
                guard extended <= UInt64(Self.longest) else { return .violation("an absurd length") }
                (length, header) = (Int(extended), 10)
            }
            guard let payload = input.getSlice(at: start + header, length: length) else {
                input.reserveCapacity(minimumWritableBytes: max(0, header + length - input.readableBytes))
                return .needMore
            }
            input.moveReaderIndex(forwardBy: header + length)
            if opcode.isControl { return self.control(opcode, payload) }
            guard (opcode == .continuation) == (self.partial != nil) else { return .violation("a fragment out of place") }
            if let message = self.join(opcode, payload, isFinal: isFinal) { return message }
        }
    }

    private mutating func join(_ opcode: Opcode, _ payload: ByteBuffer, isFinal: Bool) -> Event? {
        var message = (opcode: opcode, payload: payload)
        if var partial = self.partial {
            partial.payload.writeImmutableBuffer(payload)
            message = partial
        }
        guard isFinal else {
            self.partial = message
            return nil
        }
        self.partial = nil
        guard message.opcode == .binary || message.payload.isUTF8 else { return .violation("text that is not UTF-8") }
        return .message(message.opcode, message.payload)
    }

    private mutating func control(_ opcode: Opcode, _ payload: ByteBuffer) -> Event {
        switch opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong(payload)
        case .close, .continuation, .text, .binary:
            self.hasEnded = true
            if self.partial != nil { return .violation("a close frame within a fragmented message") }
            if payload.readableBytes == 0 { return .close(nil) }
            guard let code = payload.getInteger(at: payload.readerIndex, as: UInt16.self) else { return .violation("half a close code") }
            guard payload.getSlice(at: payload.readerIndex + 2, length: payload.readableBytes - 2)?.isUTF8 == true else {
                return .violation("a close reason that is not UTF-8")
            }
            return .close(code)
        }
    }
}

extension ByteBuffer {
    /// Nearly everything is ASCII, which is told eight bytes at a time.
    var isUTF8: Bool {
        self.withUnsafeReadableBytes { bytes in
            // Loads are unaligned and their offsets checked against the length.
            var seen: UInt64 = 0
            var offset = 0
            while offset &+ 8 <= bytes.count {
                seen |= bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                offset &+= 8
            }
            while offset < bytes.count {
                seen |= UInt64(bytes[offset])
                offset &+= 1
            }
            return seen & 0x8080_8080_8080_8080 == 0 || String(validating: bytes, as: UTF8.self) != nil
        }
    }
}
