import ByteScan
import Foundation
import HTTPServer
import SignalingCore
import SignalingWire

extension FuzzTarget {
    /// The first byte chooses what the rest is read as.
    static let query = FuzzTarget(
        name: "query", summary: "query strings, room names, client addresses, X-Forwarded-For, origins",
        maxLength: 512, briefRuns: 120_000,
        makeCheck: {
            { input in
                var cursor = InputCursor(input)
                switch cursor.number(below: 5) {
                case 0: try QueryCheck.query(cursor.all())
                case 1: try QueryCheck.room(cursor.all())
                case 2: try AddressCheck.address(cursor.all())
                case 3: try AddressCheck.forwarded(&cursor)
                default: try QueryCheck.origin(cursor.all())
                }
            }
        })
}

enum QueryCheck {
    /// The parameters are what Foundation decodes between the separators.
    static func query(_ bytes: [UInt8]) throws {
        // A path, which is what it is taken from; as text, which is what Foundation reads.
        let target = Array("/\(String(decoding: bytes, as: UTF8.self))".utf8)
        let parsed = QueryString(target.span, target: 0..<target.count)
        for name: StaticString in ["appID", "side", "sid"] {
            let expected = self.value(of: name.description, in: target)
            let value =
                switch parsed.value(of: name, in: target.span) {
                case .absent: Reading.absent
                case .plain(let range): Reading.text(Array(target[range]))
                case .decoded(let text): Reading.text(text)
                case .malformed: Reading.malformed
                }
            try expect(value == expected, "\(name) in \(shown(bytes)) is \(value), by Foundation \(expected)")
        }
    }

    private enum Reading: Equatable { case absent, text([UInt8]), malformed }

    private static func value(of name: String, in target: [UInt8]) -> Reading {
        let whole = target.prefix { $0 != UInt8(ascii: "#") }
        guard let mark = whole.firstIndex(of: UInt8(ascii: "?")) else { return .absent }
        let query = whole[(mark + 1)...]
        for pair in query.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = self.decode(parts[0]), Array(key.utf8) == Array(name.utf8) else { continue }
            guard parts.count == 2 else { return .text([]) }
            return self.decode(parts[1]).map { .text(Array($0.utf8)) } ?? .malformed
        }
        return .absent
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        let spaced = bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: spaced, as: UTF8.self).removingPercentEncoding
    }

    /// A room's name is a UUID to Foundation too, and prints as it does.
    static func room(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let ours = RoomID(text.utf8)
        // Foundation reads each pair of digits with scanf, to which "+5" and "-0" are pairs too: hyphens stand where they belong, or it is
        // not asked.
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let isPlain = parts.map(\.count) == [8, 4, 4, 4, 12] && parts.joined().allSatisfy { Hex.value($0) != nil }
        let theirs = isPlain ? UUID(uuidString: text) : nil
        try expect(
            ours?.text == theirs?.uuidString.lowercased(),
            "\(shown(bytes)) is room \(ours?.text ?? "none"), UUID \(theirs?.uuidString ?? "none")")
        let isSide = Side(parameter: text)
        try expect(
            (isSide?.name).map { Array($0.utf8) == Array(text.utf8) } ?? !["A", "B"].contains(text),
            "\(shown(bytes)) is side \(isSide as Any)")
    }

    /// A page is let in if its origin is listed letter by letter, ASCII case aside, or if its host is.
    static func origin(_ bytes: [UInt8]) throws {
        let origin = String(decoding: bytes, as: UTF8.self)
        let policy = CORSPolicy(dev: false, allowed: HTTPBench.allowedOrigins)
        let folded = Array(origin.utf8).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        let isListed = HTTPBench.allowedOrigins.contains { entry in
            if entry.contains("://") { return folded == Array(entry.utf8) }
            let end = folded.drop { $0 != UInt8(ascii: ":") }
            let rest = end.dropFirst(3 + entry.utf8.count)
            let isPort = rest.count > 1 && rest.first == UInt8(ascii: ":") && rest.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
            return end.starts(with: Array("://\(entry)".utf8)) && (rest.isEmpty || isPort)
        }
        try expect(policy.allows(origin) == isListed, "the origin \(shown(bytes)) is \(isListed ? "refused" : "let in")")
        let permission = policy.permission(for: origin)
        try expect(permission == (isListed ? .only(origin) : .refused), "the origin \(shown(bytes)) gets the permission \(permission)")
    }
}
