package import NIOCore

/// A reply of an engine that speaks RESP3 or RESP2 (Valkey, Redis). A byte string is a slice of what was read: whoever keeps it for long
/// copies it.
package enum RESPValue: Equatable, Sendable {
    case simple(String)
    case error(RESPError)
    case integer(Int64)
    case bulk(ByteBuffer)
    /// In each of its three spellings.
    case null
    case boolean(Bool)
    case double(Double)
    /// Decimal digits, perhaps behind a sign.
    case bigNumber(String)
    /// `format` has three characters, such as txt.
    case verbatim(format: String, ByteBuffer)
    case array([RESPValue])
    case map([RESPEntry])
    case set([RESPValue])
    /// What the engine says unasked. It stands between replies only, never within one.
    case push([RESPValue])

    /// What is text by its type, or is the name of something; nil for everything else.
    package var text: String? {
        switch self {
        case .simple(let text): text
        case .bulk(let bytes), .verbatim(_, let bytes): String(buffer: bytes)
        default: nil
        }
    }

    /// The value of a field, in a map or in the list of fields and values that RESP2 has for one.
    package subscript(field name: String) -> RESPValue? {
        switch self {
        case .map(let entries): entries.first { $0.key.text == name }?.value
        case .array(let values):
            stride(from: 0, to: values.count - 1, by: 2).first { values[$0].text == name }.map { values[$0 + 1] }
        default: nil
        }
    }
}

package struct RESPEntry: Equatable, Sendable {
    package let key: RESPValue
    package let value: RESPValue

    package init(_ key: RESPValue, _ value: RESPValue) {
        self.key = key
        self.value = value
    }
}

/// An engine's error: a word in capitals that says what kind it is, and mostly a sentence.
package struct RESPError: Error, Equatable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package var code: Substring { self.text.prefix { $0 != " " } }

    package var description: String { Self.line(self.text) }

    /// One line of at most 200 bytes, for people: what an engine says may hold what a stranger has sent it.
    static func line(_ text: String) -> String {
        func isPlain(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        var line = ""
        for scalar in text.unicodeScalars {
            guard line.utf8.count < 200 else { return line + "…" }
            line.unicodeScalars.append(isPlain(scalar) ? scalar : " ")
        }
        return line
    }
}
