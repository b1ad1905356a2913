import HTTPServer
import NIOCore
import PassThrough

extension FuzzTarget {
    /// The first byte chooses what the rest is.
    static let passthrough = FuzzTarget(
        name: "passthrough", summary: "responses of homes to upgrades, and requests that are passed to them", maxLength: 1024,
        briefRuns: 60_000,
        makeCheck: {
            { input in
                var cursor = InputCursor(input)
                switch cursor.number(below: 4) {
                case 0: try PassBench.request(cursor.all())
                case 1: try PassBench.run(&cursor)
                default: try ResponseCheck.response(&cursor)
                }
            }
        })
}

enum ResponseCheck {
    private enum Reading: Equatable {
        case unfinished
        case granted(head: [UInt8], rest: [UInt8])
        case refused(HomeRefusal)
        case garbled(ResponseFault)
    }

    /// However a response is cut it means the same, and nothing of it is lost or made up.
    static func response(_ cursor: inout InputCursor) throws {
        let step = 1 + cursor.number(below: 40)
        let bytes = cursor.all()
        let whole = try self.read([bytes[...]])
        let cut = try self.read(stride(from: 0, to: bytes.count, by: step).map { bytes[$0..<min($0 + step, bytes.count)] })
        try expect(whole == cut, "cut by \(step), \(shown(bytes)) is \(cut), not \(whole)")
        switch whole {
        case .unfinished, .garbled: break
        case .granted(let head, let rest):
            try expect(
                bytes.suffix(head.count + rest.count).elementsEqual(head + rest), "\(shown(bytes)) is passed on as \(shown(head + rest))")
            try expect(head.starts(with: Array("HTTP/1.1 101 ".utf8)) && head.suffix(4) == [13, 10, 13, 10], "a head is \(shown(head))")
            try expect(try self.read([head[...]]) == .granted(head: head, rest: []), "\(shown(head)) is read otherwise when read again")
        case .refused(let refusal):
            try expect(refusal.status.code >= 400, "\(shown(bytes)) is refused with \(refusal.status.code)")
            try expect(refusal.body.readableBytes <= PassThroughSettings.maxBody, "a refusal has \(refusal.body.readableBytes) bytes")
            for text in refusal.fields.map(\.value) + [refusal.contentType ?? ""] {
                try expect(!text.utf8.contains { $0 < 0x20 && $0 != 9 || $0 == 0x7F }, "\(shown(Array(text.utf8))) is a field's value")
            }
        }
    }

    /// Parts, and then the end.
    private static func read(_ parts: [ArraySlice<UInt8>]) throws -> Reading {
        var reader = HomeResponseReader()
        for (number, part) in parts.enumerated() {
            do throws(ResponseFault) {
                switch try reader.read(ByteBuffer(bytes: part)) {
                case .needsMore: continue
                case .granted(let head, let rest):
                    // What comes later goes another way.
                    let later = parts[(number + 1)...].flatMap { $0 }
                    return .granted(head: Array(head.readableBytesView), rest: Array(rest.readableBytesView) + later)
                case .refused(let refusal): return .refused(refusal)
                }
            } catch {
                return .garbled(error)
            }
        }
        return reader.end().map { .refused($0) } ?? .unfinished
    }
}
