import HTTPServer
import NIOCore
import SignalingWire

/// The side of a room that a request names in its query.
struct NamedSide {
    let room: RoomID
    let side: Side

    /// - Parameter closes: Whether the connection ends with a refusal.
    init(_ query: QueryString, _ head: RequestHead, closes: Bool) throws(Problem) {
        let bytes = head.bytes.readableBytesUInt8Span
        guard let room = Self.room(query.value(of: "appID", in: bytes), bytes) else {
            throw Problem(.badRequest, "appID must be a UUID in the 8-4-4-4-12 form", closes: closes)
        }
        guard let name = query.value(of: "side", in: bytes).text(in: head), let side = Side(parameter: name) else {
            throw Problem(.badRequest, "side must be A or B", closes: closes)
        }
        self.room = room
        self.side = side
    }

    private static func room(_ value: QueryString.Value, _ bytes: Span<UInt8>) -> RoomID? {
        switch value {
        case .plain(let range): RoomID(bytes.extracting(range))
        case .decoded(let text): RoomID(text.span)
        case .absent, .malformed: nil
        }
    }
}

extension QueryString.Value {
    func text(in head: RequestHead) -> String? {
        switch self {
        case .plain(let range): head.text(range)
        case .decoded(let text): String(decoding: text, as: UTF8.self)
        case .absent, .malformed: nil
        }
    }
}
