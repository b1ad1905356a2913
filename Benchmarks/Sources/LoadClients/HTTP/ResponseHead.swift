import NIOCore

/// The head of an HTTP/1.1 response, read strictly.
package struct ResponseHead: Sendable {
    package var status: Int
    /// Names in lower case.
    package var fields: [(name: String, value: String)] = []

    package subscript(name: String) -> String? { self.fields.first { $0.name == name }?.value }

    enum Result {
        case needMore
        case head(ResponseHead)
        case malformed(String)
    }

    private static let longest = 16 * 1024

    /// Takes a whole head off the input, or nothing.
    static func read(from input: inout ByteBuffer) -> Result {
        let bytes = input.readableBytesView
        guard let end = self.endOfHead(bytes) else {
            return bytes.count > self.longest ? .malformed("a head without end") : .needMore
        }
        let text = String(decoding: bytes[..<end], as: UTF8.self)
        input.moveReaderIndex(forwardBy: bytes[..<end].count + 4)
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        let first = lines.removeFirst()
        guard first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3)), first.dropFirst(12).first == " " else {
            return .malformed("the status line \(first)")
        }
        var head = ResponseHead(status: status)
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { return .malformed("the field \(line)") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            head.fields.append((line[..<colon].lowercased(), String(value)))
        }
        return .head(head)
    }

    private static func endOfHead(_ bytes: ByteBufferView) -> Int? {
        var rest = bytes
        while let cr = rest.firstIndex(of: 13) {
            if bytes.distance(from: cr, to: bytes.endIndex) < 4 { return nil }
            if bytes[cr + 1] == 10, bytes[cr + 2] == 13, bytes[cr + 3] == 10 { return cr }
            rest = bytes[(cr + 1)...]
        }
        return nil
    }
}
