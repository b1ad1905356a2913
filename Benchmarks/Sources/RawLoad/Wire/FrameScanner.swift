/// Finds WebSocket frames in what a server sent. Only as strict as a generator must be to notice that it reads nonsense: `LoadClients` has
/// the reader that knows all of RFC 6455.
package enum FrameScanner {
    package enum Result: Equatable, Sendable {
        case needMore
        /// The payload begins behind `header` bytes.
        case frame(opcode: UInt8, header: Int, length: Int)
        case violation(String)
    }

    package static let close: UInt8 = 8
    package static let ping: UInt8 = 9
    package static let pong: UInt8 = 10
    /// More than any message a server may be configured to take.
    private static let longest = 64 << 20

    /// The frame that the bytes begin with.
    package static func scan(_ bytes: UnsafeRawBufferPointer) -> Result {
        guard bytes.count >= 2 else { return .needMore }
        let first = bytes[0]
        // Whole messages only: the generator sends no fragments, and the server makes none.
        guard first & 0xF0 == 0x80 else { return .violation("a fragment or reserved bits") }
        guard bytes[1] < 0x80 else { return .violation("a masked frame") }
        var length = Int(bytes[1])
        var header = 2
        if length > 125 {
            header = length == 126 ? 4 : 10
            guard bytes.count >= header else { return .needMore }
            length = bytes[2..<header].reduce(0) { $0 &<< 8 | Int($1) }
            guard 0...self.longest ~= length else { return .violation("an absurd length") }
        }
        guard bytes.count - header >= length else { return .needMore }
        return .frame(opcode: first & 0x0F, header: header, length: length)
    }
}
