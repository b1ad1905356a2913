/// What is sent to the server.
package enum SentFrame {
    package static func hello(mailbox: String, deliveredUpTo: UInt64) -> [UInt8] {
        Array("{\"type\":\"hello\",\"mailbox\":".utf8) + JSONText.quoted(mailbox) + Array(",\"deliveredUpTo\":\(deliveredUpTo)}".utf8)
    }

    package static func send(to side: Side, payload: [UInt8], ref: UInt64) -> [UInt8] {
        Array("{\"type\":\"send\",\"to\":\"\(side.rawValue)\",\"payload\":".utf8) + payload + Array(",\"ref\":\(ref)}".utf8)
    }

    package static func delivered(upTo: UInt64) -> [UInt8] {
        Array("{\"type\":\"delivered\",\"upTo\":\(upTo)}".utf8)
    }

    /// `detail` is an object, or empty.
    package static func telemetry(event: String, detail: [UInt8]) -> [UInt8] {
        let head = Array("{\"type\":\"telemetry\",\"event\":".utf8) + JSONText.quoted(event)
        let inside = detail.dropFirst().dropLast()
        return head + (inside.isEmpty ? [] : [UInt8(ascii: ",")] + inside) + [UInt8(ascii: "}")]
    }
}

/// One of the two of a room.
public enum Side: String, Sendable, Hashable, Codable, CaseIterable {
    case a = "A"
    case b = "B"

    public var other: Side { self == .a ? .b : .a }
}
