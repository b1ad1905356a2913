import NIOCore
import RESPClient
import RESPCore
import SignalingTestKit

extension FuzzTarget {
    /// The first byte chooses what the rest is.
    static let resp = FuzzTarget(
        name: "resp", summary: "replies of an engine, and addresses of engines", maxLength: 1024, briefRuns: 25_000,
        makeCheck: {
            { input in
                var cursor = InputCursor(input)
                switch cursor.number(below: 4) {
                case 0: try EngineBench.run(&cursor)
                case 1: try RESPCheck.address(cursor.all())
                default: try RESPCheck.replies(&cursor)
                }
            }
        })
}

enum RESPCheck {
    /// However replies are cut they mean the same, and what was read is read again when it is written.
    static func replies(_ cursor: inout InputCursor) throws {
        let step = 1 + cursor.number(below: 40)
        let bytes = cursor.all()
        let whole = try self.read([bytes[...]])
        let cut = try self.read(stride(from: 0, to: bytes.count, by: step).map { bytes[$0..<min($0 + step, bytes.count)] })
        try expect(
            whole.violation == cut.violation, "cut by \(step), \(shown(bytes)) is \(cut.violation as Any), not \(whole.violation as Any)")
        // Written, as what is no number is not equal to itself.
        try expect(whole.written == cut.written, "cut by \(step), \(shown(bytes)) is \(shown(cut.written)), not \(shown(whole.written))")
        let again = try self.read([whole.written[...]])
        try expect(
            again.violation == nil && again.unread == 0, "what was read of \(shown(bytes)) is \(again.violation as Any) when written")
        try expect(again.written == whole.written, "\(shown(whole.written)) is \(shown(again.written)) when written and read")
    }

    private static func read(_ parts: [ArraySlice<UInt8>]) throws -> (written: [UInt8], violation: RESPViolation?, unread: Int) {
        var parser = RESPParser()
        var written: [UInt8] = []
        var fed = 0
        for part in parts {
            parser.feed(ByteBuffer(bytes: part))
            fed += part.count
            do {
                while let value = try parser.next() { written += value.encoded }
            } catch {
                try expect(parser.unreadBytes == 0, "a parser that is over keeps \(parser.unreadBytes) bytes")
                return (written, error, 0)
            }
            try expect(parser.unreadBytes <= fed, "of \(fed) bytes \(parser.unreadBytes) are unread")
        }
        return (written, nil, parser.unreadBytes)
    }

    /// What is shown of an address means the same. What is wrong with one takes a line.
    static func address(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            let address = try EngineAddress(text)
            let line = "\(address)"
            try expect(!line.utf8.contains { $0 < 0x20 }, "\(shown(bytes)) is shown as \(shown(Array(line.utf8)))")
            guard address.credentials == nil else { return }
            let again = try? EngineAddress(line)
            try expect(again == address, "\(shown(bytes)) is shown as \(line), which is \(again as Any)")
        } catch let fault as EngineAddressFault {
            try expect(!fault.description.utf8.contains { $0 < 0x20 }, "\(shown(bytes)): \(fault)")
        }
    }
}
