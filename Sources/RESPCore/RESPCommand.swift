package import NIOCore

/// An argument of a command; each is sent as a string of bytes.
package enum RESPArgument: Equatable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case text(String)
    case integer(Int)
    case bytes(ByteBuffer)

    package init(stringLiteral text: String) { self = .text(text) }
    package init(integerLiteral number: Int) { self = .integer(number) }

    /// Its length in bytes.
    fileprivate var length: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .integer(let number): (number < 0 ? 1 : 0) + RESPCommand.digits(number.magnitude)
        case .bytes(let bytes): bytes.readableBytes
        }
    }
}

/// Writes commands: an array of strings each, all of which are named at once or in several lists, so that nobody has to join them.
package enum RESPCommand {
    package static func write(_ parts: [RESPArgument]..., into buffer: inout ByteBuffer) {
        self.writeHead("*", parts.reduce(0) { $0 + $1.count }, into: &buffer)
        for argument in parts.joined() {
            self.writeHead("$", argument.length, into: &buffer)
            switch argument {
            case .text(let text): buffer.writeString(text)
            // Up to 15 digits a text takes no memory of its own.
            case .integer(let number): buffer.writeString(String(number))
            case .bytes(let bytes): buffer.writeImmutableBuffer(bytes)
            }
            buffer.writeStaticString("\r\n")
        }
    }

    /// Bytes that `write` writes.
    package static func length(_ parts: [RESPArgument]...) -> Int {
        var length = 3 + self.digits(UInt(parts.reduce(0) { $0 + $1.count }))
        for argument in parts.joined() { length += 5 + self.digits(UInt(argument.length)) + argument.length }
        return length
    }

    private static func writeHead(_ type: StaticString, _ number: Int, into buffer: inout ByteBuffer) {
        buffer.writeStaticString(type)
        buffer.writeString(String(number))
        buffer.writeStaticString("\r\n")
    }

    fileprivate static func digits(_ number: UInt) -> Int {
        var (digits, rest) = (1, number / 10)
        while rest > 0 { (digits, rest) = (digits + 1, rest / 10) }
        return digits
    }
}
