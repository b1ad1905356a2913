#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Values and their JSON.
package enum JSONText {
    static func encode(_ value: some Encodable) throws(ClientError) -> [UInt8] {
        do {
            return Array(try JSONEncoder().encode(value))
        } catch {
            throw ClientError(.invalidArgument, "it cannot be written as JSON: \(error)")
        }
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// The text of a JSON string, which is given with its quotes. Nil if it is no text, such as half a pair of surrogates.
    static func string(_ literal: ArraySlice<UInt8>) -> String? {
        let inside = literal.dropFirst().dropLast()
        guard inside.contains(where: { $0 == UInt8(ascii: "\\") || $0 >= 0x80 }) else { return String(decoding: inside, as: UTF8.self) }
        return try? Self.decode(String.self, from: literal)
    }

    /// A string of ASCII as JSON.
    static func quoted(_ text: String) -> [UInt8] {
        var literal = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { literal.append(UInt8(ascii: "\\")) }
            literal.append(byte < 0x20 ? 0x20 : byte)
        }
        literal.append(UInt8(ascii: "\""))
        return literal
    }

    /// A whole number of digits alone.
    static func count(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard !text.isEmpty, text.count <= 20, text.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
        return UInt64(String(decoding: text, as: UTF8.self))
    }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: false
        }
    }
}
