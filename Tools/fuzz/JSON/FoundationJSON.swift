import Foundation

/// What Foundation's parser makes of the same bytes.
enum FoundationJSON {
    enum Reading {
        case invalid
        case notAnObject
        case object([String: Any])
    }

    /// What the text says by RFC 8259 and the wire contract, as far as Foundation can tell; and the text that Foundation was shown, which
    /// is another where it would refuse what is allowed.
    ///
    /// It differs from the RFC, or the contract from both, in these cases and no other:
    ///
    /// - Foundation takes a byte order mark, and guesses UTF-16 and UTF-32. The contract: UTF-8 without a mark (RFC 8259, 8.1, lets a
    ///   parser do either).
    /// - Foundation nests 512 deep, the contract 128 (the RFC, 9, leaves the depth open).
    /// - Foundation takes a comma before a closing bracket. The RFC's grammar does not.
    /// - Foundation refuses numbers that overflow a Double. The RFC, 6, leaves their range open, and the server keeps numbers as text.
    /// - Foundation refuses lone escaped surrogates. The RFC's grammar has them (8.2), and JSON.parse takes them.
    /// - Foundation loses U+FEFF where it stands unescaped at the start of a string or behind an escape: its String decoder takes it for a
    ///   byte order mark. To the RFC it is a character as any.
    static func readByContract(_ bytes: [UInt8]) -> (reading: Reading, text: [UInt8]) {
        let shape = DocumentShape(bytes)
        if self.mayGuessAnotherEncoding(bytes) || bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.invalid, bytes) }
        if shape.deepest > 128 || shape.hasTrailingCommas { return (.invalid, bytes) }
        let text = shape.repaired
        return (self.read(text), text)
    }

    /// JSONSerialization rather than JSONDecoder: of a repeated key it keeps the last, as JSON.parse does; the other keeps the first.
    private static func read(_ bytes: [UInt8]) -> Reading {
        guard let value = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed]) else { return .invalid }
        guard let members = value as? [String: Any] else { return .notAnObject }
        return .object(members)
    }

    /// By a byte order mark, or by where among the first four bytes there are NULs. JSON holds no NUL, and UTF-8 neither FE nor FF.
    private static func mayGuessAnotherEncoding(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) || bytes.prefix(4).contains(0)
    }

    /// A value in one spelling, so that two can be compared; its first character tells what it is, which types do not: an NSNumber may be
    /// a Bool.
    static func spelling(of value: Any) -> String {
        guard let data = try? JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys]) else { return "?" }
        return String(decoding: data, as: UTF8.self)
    }
}
