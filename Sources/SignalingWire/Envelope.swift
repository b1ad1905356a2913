/// What the server reads from a client's frame: its kind, and where the members lie that the server may act on. Positions count from the
/// start of the message, whose bytes are never re-encoded.
package struct Envelope: Sendable, Equatable {
    /// The members that the server looks for besides `type`, by their keys.
    package enum Member: Word, Sendable, CaseIterable {
        case to, payload, seq, upTo, ref, deliveredUpTo, mailbox, event, mode, reason
    }

    package var kind: FrameKind = .unknown
    /// Indexed by the member's position in `allCases`. A vector is the fixed-size array that every supported system has.
    private var fields = SIMD16<UInt64>()

    package subscript(member: Member) -> Field {
        get { Field(bits: self.fields[member.index]) }
        set { self.fields[member.index] = newValue.bits }
    }
}

extension Envelope.Member {
    package var name: String { self.rawValue.text }

    /// A test checks that there are at most sixteen.
    fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension Envelope {
    /// The form and the position of a member's value in the message.
    package struct Field: Sendable, Equatable {
        package enum Form: UInt8, Sendable { case absent, string, number, null, other }

        /// The form in the lowest byte, then the start and the end in 28 bits each. 0 is absent.
        fileprivate let bits: UInt64

        fileprivate init(bits: UInt64) { self.bits = bits }

        package init() { self.bits = 0 }

        /// A message has at most WS_MAX_MSG bytes, and that is at most 64 MiB: far below 2^28 bytes.
        @inline(__always)
        init(_ form: Form, _ range: Range<Int>) {
            precondition(range.upperBound < 1 << 28)
            self.bits = UInt64(form.rawValue) | UInt64(range.lowerBound) << 8 | UInt64(range.upperBound) << 36
        }

        /// A value that was found to be JSON: its first byte shows what it is.
        @inline(__always)
        init(of text: Span<UInt8>, _ range: Range<Int>) {
            let form: Form
            switch text[range.lowerBound] {
            case UInt8(ascii: "\""): form = .string
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): form = .number
            case UInt8(ascii: "n"): form = .null
            default: form = .other
            }
            self.init(form, range)
        }

        package var form: Form { Form(rawValue: UInt8(truncatingIfNeeded: self.bits)) ?? .absent }

        package var isPresent: Bool { self.form != .absent }
        /// The value's text; a string's includes the quotes.
        package var range: Range<Int> { Int(self.bits >> 8 & 0xFFF_FFFF)..<Int(self.bits >> 36) }
        /// The text between the quotes of a string.
        package var content: Range<Int> { self.range.lowerBound + 1..<self.range.upperBound - 1 }
    }
}

/// Why a frame is not an envelope, and what its sender is told.
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
