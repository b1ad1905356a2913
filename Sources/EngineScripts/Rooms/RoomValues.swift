import ByteScan
package import SignalingCore
package import SignalingWire

// What the values of a room are in the engine, and back.

/// A node's being home of a room, once. Later ones have larger numbers, also when the room was forgotten in between.
package struct HomeEpoch: Sendable, Hashable, Comparable {
    package let number: Int64

    package static func < (a: Self, b: Self) -> Bool { a.number < b.number }

    package init(_ number: Int64) { self.number = number }

    init?(_ text: String) {
        guard let number = Int64(text) else { return nil }
        self.number = number
    }
}

/// The node that is home of a room, and its epoch.
package struct RoomHome: Sendable, Hashable {
    package let node: NodeID
    package let epoch: HomeEpoch

    package init(node: NodeID, epoch: HomeEpoch) {
        self.node = node
        self.epoch = epoch
    }
}

package func text(of sides: Set<Side>) -> String { Side.allCases.filter(sides.contains).map(\.name).joined() }

package func sides(_ text: String) -> Set<Side>? {
    switch text {
    case "": []
    case "A": [.a]
    case "B": [.b]
    case "AB": [.a, .b]
    default: nil
    }
}

extension AcceptedRefs {
    /// The last number, the words of the record in hexadecimal, and the client's `sid`; a hyphen where none was accepted.
    package var text: String {
        if self.sid.isEmpty { return "-" }
        return "\(self.last) \(self.refused.map(Hex.text).joined()) \(self.sid)"
    }

    package init?(text: String) {
        if text.isEmpty || text == "-" {
            self.init()
            return
        }
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let last = UInt64(parts[0]), let words = Self.words(Array(parts[1].utf8)) else { return nil }
        self.init(sid: String(parts[2]), last: last, refused: words)
    }

    private static func words(_ digits: [UInt8]) -> [UInt64]? {
        var words: [UInt64] = []
        for start in stride(from: 0, to: digits.count, by: 16) {
            guard let word = Hex.number(digits[start..<min(start + 16, digits.count)]) else { return nil }
            words.append(word)
        }
        return words
    }
}
