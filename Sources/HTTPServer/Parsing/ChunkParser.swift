import ByteScan
import NIOCore

/// Reads a chunked body (RFC 9112 section 7.1). Extensions and trailers are checked and dropped.
struct ChunkParser {
    private enum State { case size, chunkExtension, sizeLineFeed, data, dataReturn, dataLineFeed, trailer }

    private var state = State.size
    /// How many digits of the chunk's size have been read.
    private var digits = 0
    private var size: UInt64 = 0
    /// Bytes of the chunk that have not arrived.
    private var left = 0
    /// Bytes of extensions, of all chunks.
    private var extensions = 0
    private var trailer = FieldParser()
    /// How much of the trailer was looked at; it stays in the input until all of it is there.
    private var position = 0

    /// As many as a 64-bit number has.
    private static let mostDigits = 16

    /// Takes out of the input what has been read; true once the body is complete.
    mutating func parse(_ input: inout ByteBuffer, into body: inout ByteBuffer, of head: inout RequestHead) throws(ParseRefusal) -> Bool {
        while input.readableBytes > 0 {
            switch self.state {
            case .data:
                guard var data = input.readSlice(length: min(self.left, input.readableBytes)) else { return false }
                self.left -= data.readableBytes
                body.writeBuffer(&data)
                if self.left == 0 { self.state = .dataReturn }
            case .trailer:
                guard try self.readTrailer(input.readableBytesUInt8Span, of: &head) else { return false }
                input.moveReaderIndex(forwardBy: self.position)
                return true
            default:
                guard let byte = input.readInteger(as: UInt8.self) else { return false }
                try self.take(byte, body: body.readableBytes)
            }
        }
        return false
    }

    /// One byte that is not data.
    private mutating func take(_ byte: UInt8, body: Int) throws(ParseRefusal) {
        switch self.state {
        case .size: try self.takeSize(byte)
        case .chunkExtension:
            if byte == Byte.carriageReturn {
                self.state = .sizeLineFeed
            } else {
                self.extensions += 1
                guard Byte.isValue(byte), self.extensions <= HTTPSettings.maxHeaderList else { throw .malformed(.chunkExtension) }
            }
        case .sizeLineFeed:
            guard byte == Byte.lineFeed else { throw .malformed(.lineEnd) }
            // Checked before any of the chunk has arrived, so that `body` never passes its bound.
            guard self.size <= UInt64(HTTPSettings.maxBody - body) else { throw .bodyTooLong }
            self.left = Int(self.size)
            self.state = self.left == 0 ? .trailer : .data
            (self.size, self.digits) = (0, 0)
        case .dataReturn:
            guard byte == Byte.carriageReturn else { throw .malformed(.chunkEnd) }
            self.state = .dataLineFeed
        case .dataLineFeed:
            guard byte == Byte.lineFeed else { throw .malformed(.chunkEnd) }
            self.state = .size
        case .data, .trailer: break
        }
    }

    private mutating func takeSize(_ byte: UInt8) throws(ParseRefusal) {
        if let digit = Hex.value(byte) {
            guard self.digits < Self.mostDigits else { throw .malformed(.chunkSize) }
            self.digits += 1
            self.size = self.size << 4 | UInt64(digit)
            return
        }
        guard self.digits > 0 else { throw .malformed(.chunkSize) }
        switch byte {
        case Byte.carriageReturn: self.state = .sizeLineFeed
        case UInt8(ascii: ";"): self.state = .chunkExtension
        default: throw .malformed(.chunkSize)
        }
    }

    private mutating func readTrailer(_ input: Span<UInt8>, of head: inout RequestHead) throws(ParseRefusal) -> Bool {
        while true {
            switch try self.trailer.next(input, &self.position) {
            case .needsMore: return false
            case .field: try head.noteTrailer(self.trailer.name, self.trailer.value, in: input)
            case .end: return true
            }
        }
    }
}
