import NIOCore
package import RESPCore

/// Replies as an engine writes them in RESP3.
extension RESPValue {
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        self.encode(into: &bytes)
        return bytes
    }

    private func encode(into bytes: inout [UInt8]) {
        switch self {
        case .simple(let text): bytes += "+\(text)\r\n".utf8
        case .error(let error):
            // A line has no line ends in it.
            let isLine = !error.text.utf8.contains { $0 == 0x0A || $0 == 0x0D } && error.text.utf8.count <= RESPParser.mostLine
            if isLine { bytes += "-\(error.text)\r\n".utf8 } else { Self.encode("!", Array(error.text.utf8), into: &bytes) }
        case .integer(let number): bytes += ":\(number)\r\n".utf8
        case .bulk(let string): Self.encode("$", Array(string.readableBytesView), into: &bytes)
        case .null: bytes += "_\r\n".utf8
        case .boolean(let value): bytes += (value ? "#t\r\n" : "#f\r\n").utf8
        case .double(let number): bytes += ",\(number)\r\n".utf8
        case .bigNumber(let digits): bytes += "(\(digits)\r\n".utf8
        case .verbatim(let format, let string): Self.encode("=", Array("\(format):".utf8) + string.readableBytesView, into: &bytes)
        case .array(let values): Self.encode("*", values, into: &bytes)
        case .set(let values): Self.encode("~", values, into: &bytes)
        case .push(let values): Self.encode(">", values, into: &bytes)
        case .map(let entries):
            bytes += "%\(entries.count)\r\n".utf8
            for entry in entries {
                entry.key.encode(into: &bytes)
                entry.value.encode(into: &bytes)
            }
        }
    }

    private static func encode(_ type: String, _ string: [UInt8], into bytes: inout [UInt8]) {
        bytes += "\(type)\(string.count)\r\n".utf8
        bytes += string
        bytes += "\r\n".utf8
    }

    private static func encode(_ type: String, _ values: [RESPValue], into bytes: inout [UInt8]) {
        bytes += "\(type)\(values.count)\r\n".utf8
        for value in values { value.encode(into: &bytes) }
    }

    package static func bulk(_ text: String) -> RESPValue { .bulk(ByteBuffer(string: text)) }
}
