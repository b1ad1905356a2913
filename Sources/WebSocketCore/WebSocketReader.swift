import ByteScan
package import NIOCore

/// A strict RFC 6455 reader for what clients send: masked frames only, no extensions, UTF-8 checked as it arrives, fragments joined,
/// control frames in between. It holds at most one message of `maxMessage` bytes and one control frame.
package struct WebSocketReader: Sendable {
    /// What the bytes so far amount to.
    package enum Event: Equatable, Sendable {
        /// All input is used up; more is needed.
        case needMore
        /// A whole message; its bytes are in the `message` buffer given to `next`.
        case message(Opcode)
        /// The payload is in the `message` buffer.
        case ping
        case pong
        /// The client's close: its code, if it gave one.
        case close(UInt16?)
        /// The client broke the protocol, as `violation` says: close with this code and read no further.
        case violation(CloseCode)
    }

    /// Bytes of one message, all fragments together.
    package let maxMessage: Int

    private enum State: Sendable {
        case header
        case payload(Frame)
        case failed
    }

    private struct Frame: Sendable {
        var opcode: Opcode
        var isFinal: Bool
        var mask: UInt32
        var remaining: Int
    }

    private var state = State.header
    /// Once the protocol was broken, how.
    package private(set) var violation: WebSocketViolation?
    /// The data message being put together, and what it is made of.
    private var partial = ByteBuffer()
    private var partialOpcode: Opcode?
    private var utf8 = UTF8Validator()
    /// How many messages did not come in one piece.
    private var begun: UInt64 = 0

    package init(maxMessage: Int) { self.maxMessage = maxMessage }

    /// Bytes kept of a message that is not whole yet.
    package var bufferedBytes: Int { self.partial.readableBytes }

    /// Which message has begun and is not whole; nil if none has.
    package var unfinishedMessage: UInt64? { self.partialOpcode == nil ? nil : self.begun }

    /// Reads no further and gives up what it keeps.
    package mutating func abandon() {
        self.state = .failed
        self.partial = ByteBuffer()
        self.partialOpcode = nil
    }

    /// Takes one event off the input. Bytes that are not a whole header or control frame yet stay in `input`: at most 139 of them.
    ///
    /// `message` is a buffer the caller reuses: whatever it held is gone after the call. It must not be shared, or each call copies it.
    package mutating func next(from input: inout ByteBuffer, message: inout ByteBuffer) -> Event {
        while true {
            switch self.state {
            case .failed:
                input.moveReaderIndex(to: input.writerIndex)
                return .needMore
            case .header:
                switch self.readHeader(&input) {
                case .incomplete: return .needMore
                case .violation(let violation): return self.fail(violation)
                case .frame(let frame):
                    if frame.opcode.rawValue >= Opcode.close.rawValue {
                        message.clear()
                        self.unmask(&input, count: frame.remaining, mask: frame.mask, into: &message)
                        return self.control(frame.opcode, message)
                    }
                    if self.partialOpcode == nil, frame.isFinal, input.readableBytes >= frame.remaining {
                        // The common case: a message of one frame, all of it here. It never touches `partial`.
                        message.clear()
                        let isASCII = self.unmask(&input, count: frame.remaining, mask: frame.mask, into: &message)
                        if frame.opcode == .text, !isASCII, !UTF8Validator.isWhole(message.readableBytesUInt8Span) {
                            return self.fail(.notUTF8)
                        }
                        return .message(frame.opcode)
                    }
                    if frame.opcode != .continuation {
                        self.partialOpcode = frame.opcode
                        self.begun += 1
                    }
                    self.state = .payload(frame)
                }
            case .payload(var frame):
                let count = min(frame.remaining, input.readableBytes)
                let before = self.partial.writerIndex
                let isASCII = self.unmask(&input, count: count, mask: frame.mask, into: &self.partial)
                if self.partialOpcode == .text, !(isASCII && self.utf8.isAtBoundary) {
                    var utf8 = self.utf8
                    guard utf8.consume(self.partial.readableBytesUInt8Span, from: before - self.partial.readerIndex) else {
                        return self.fail(.notUTF8)
                    }
                    self.utf8 = utf8
                }
                frame.remaining -= count
                guard frame.remaining == 0 else {
                    frame.mask = Self.rotate(frame.mask, by: count)
                    self.state = .payload(frame)
                    return .needMore
                }
                self.state = .header
                guard frame.isFinal, let opcode = self.partialOpcode else { continue }
                guard opcode != .text || self.utf8.isAtBoundary else { return self.fail(.notUTF8) }
                message = self.partial
                self.partial = ByteBuffer()
                self.partialOpcode = nil
                self.utf8 = UTF8Validator()
                return .message(opcode)
            }
        }
    }

    private mutating func fail(_ violation: WebSocketViolation) -> Event {
        self.abandon()
        self.violation = violation
        return .violation(violation.code)
    }

    private enum Header { case incomplete, violation(WebSocketViolation), frame(Frame) }

    /// A frame's header, checked against everything a server may be strict about. Of a control frame nothing is taken before all of it
    /// is here.
    private func readHeader(_ input: inout ByteBuffer) -> Header {
        let start = input.readerIndex
        guard let first = input.getInteger(at: start, as: UInt8.self) else { return .incomplete }
        // No extension was negotiated, so RSV1–3 must be 0 (section 5.2).
        guard first & 0x70 == 0 else { return .violation(.reservedBits) }
        guard let opcode = Opcode(rawValue: first & 0x0F) else { return .violation(.opcode) }
        let isFinal = first & 0x80 != 0
        guard let second = input.getInteger(at: start + 1, as: UInt8.self) else { return .incomplete }
        guard second & 0x80 != 0 else { return .violation(.unmasked) }
        let short = Int(second & 0x7F)
        var length = short
        var headerLength = 6
        if opcode.rawValue >= Opcode.close.rawValue {
            guard isFinal, short < 126 else { return .violation(.control) }
        } else {
            guard (opcode == .continuation) == (self.partialOpcode != nil) else { return .violation(.continuation) }
            if short == 126 {
                guard let extended = input.getInteger(at: start + 2, as: UInt16.self) else { return .incomplete }
                // "The minimal number of bytes MUST be used to encode the length."
                guard extended >= 126 else { return .violation(.length) }
                length = Int(extended)
                headerLength = 8
            } else if short == 127 {
                guard let extended = input.getInteger(at: start + 2, as: UInt64.self) else { return .incomplete }
                guard extended > 0xFFFF, extended >> 63 == 0 else { return .violation(.length) }
                length = Int(extended)
                headerLength = 14
            }
            guard length <= self.maxMessage - self.partial.readableBytes else { return .violation(.tooBig) }
        }
        guard let mask = input.getInteger(at: start + headerLength - 4, endianness: .little, as: UInt32.self) else { return .incomplete }
        if opcode.rawValue >= Opcode.close.rawValue {
            guard input.readableBytes >= headerLength + length else { return .incomplete }
        }
        input.moveReaderIndex(forwardBy: headerLength)
        return .frame(Frame(opcode: opcode, isFinal: isFinal, mask: mask, remaining: length))
    }

    private mutating func control(_ opcode: Opcode, _ payload: ByteBuffer) -> Event {
        switch opcode {
        case .ping: return .ping
        case .pong: return .pong
        case .close, .continuation, .text, .binary:
            self.state = .failed
            guard payload.readableBytes > 0 else { return .close(nil) }
            guard let code = payload.getInteger(at: payload.readerIndex, as: UInt16.self), WebSocketFrame.isValidOnTheWire(code) else {
                return self.fail(.closePayload)
            }
            var reason = UTF8Validator()
            guard reason.consume(payload.readableBytesUInt8Span, from: 2), reason.isAtBoundary else { return self.fail(.notUTF8) }
            return .close(code)
        }
    }

    /// Moves `count` bytes out of the input into `output`, unmasked; true if all of them are ASCII.
    ///
    /// Unmasking copies rather than working in place: the stream keeps a reference to its read buffer, so a write into it would copy
    /// the whole of it first.
    @discardableResult
    private func unmask(_ input: inout ByteBuffer, count: Int, mask: UInt32, into output: inout ByteBuffer) -> Bool {
        guard count > 0 else { return true }
        let word = (UInt64(mask) | UInt64(mask) << 32).littleEndian
        let wide = SIMD4(repeating: word)
        var seenWide = SIMD4<UInt64>.zero
        var seen: UInt64 = 0
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            input.withUnsafeReadableBytes { source in
                // Both buffers hold at least `count` bytes: the source because the caller checked it, the target because it was asked
                // for. Every offset below stays under `count`.
                var offset = 0
                while offset &+ 32 <= count {
                    let words = source.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self) ^ wide
                    seenWide |= words
                    target.storeBytes(of: words, toByteOffset: offset, as: SIMD4<UInt64>.self)
                    offset &+= 32
                }
                while offset &+ 8 <= count {
                    let eight = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ word
                    seen |= eight
                    target.storeBytes(of: eight, toByteOffset: offset, as: UInt64.self)
                    offset &+= 8
                }
                while offset < count {
                    let byte = source[offset] ^ UInt8(truncatingIfNeeded: mask >> UInt32((offset & 3) &* 8))
                    seen |= UInt64(byte)
                    target[offset] = byte
                    offset &+= 1
                }
            }
            return count
        }
        input.moveReaderIndex(forwardBy: count)
        seen |= seenWide[0] | seenWide[1] | seenWide[2] | seenWide[3]
        return seen & 0x8080_8080_8080_8080 == 0
    }

    private static func rotate(_ mask: UInt32, by count: Int) -> UInt32 {
        let shift = UInt32((count & 3) * 8)
        return shift == 0 ? mask : mask >> shift | mask << (32 - shift)
    }
}
