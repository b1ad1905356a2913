/// What the server reads off a client's frame: its kind and where the fields it may act on lie. Positions count from the start of the
/// message, whose bytes are never re-encoded.
package struct Envelope: Sendable, Equatable {
    /// A member's value as it stands in the message.
    package struct Field: Sendable, Equatable {
        package enum Form: UInt8, Sendable { case absent, string, number, null, other }
        package var form: Form = .absent
        package var start: Int32 = 0
        package var end: Int32 = 0

        package var isPresent: Bool { self.form != .absent }
        /// The value's text; of a string, the quotes included.
        package var range: Range<Int> { Int(self.start)..<Int(self.end) }
        /// What stands between the quotes of a string.
        var content: Range<Int> { Int(self.start) + 1..<Int(self.end) - 1 }
    }

    package var kind: FrameKind = .unknown
    package var to = Field()
    package var payload = Field()
    package var seq = Field()
    package var upTo = Field()
    package var ref = Field()
    package var deliveredUpTo = Field()
    package var mailbox = Field()
    package var event = Field()
    package var mode = Field()
    package var reason = Field()
}

/// A frame that is no envelope, and what its sender is told.
package enum EnvelopeRefusal: Error, Equatable {
    case invalidJSON
    case notAnObject
    case missingType
    case typeNotAString

    package var code: ErrorCode {
        switch self {
        case .invalidJSON, .notAnObject: .invalidJSON
        case .missingType: .missingType
        case .typeNotAString: .invalidField
        }
    }

    package var message: StaticString {
        switch self {
        case .invalidJSON: "the frame is not valid JSON, or is nested deeper than 128"
        case .notAnObject: "a frame is a JSON object"
        case .missingType: "the frame has no type"
        case .typeNotAString: "type must be a string"
        }
    }
}
