import Foundation

/// The golden frames of Fixtures/wire, whose README says what each member means.
enum GoldenFrames {
    struct Server: Decodable, CustomStringConvertible {
        var name: String
        var text: String
        var seq: UInt64?
        var payload: String?
        var code: String?
        var message: String?
        var ref: UInt64?
        var id: String?
        var deliveredUpTo: UInt64?
        var reconnectAfterMs: UInt64?

        var description: String { self.text }
    }

    struct Client: Decodable, CustomStringConvertible {
        var name: String
        var text: String
        var kind: String

        var description: String { self.name }
    }

    struct Refused: Decodable, CustomStringConvertible {
        var name: String
        var text: String?
        var hex: String?
        var code: String
        var isEnvelope: Bool

        var description: String { self.name }

        var bytes: [UInt8] {
            if let text { return Array(text.utf8) }
            let digits = Array(self.hex ?? "")
            return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
        }
    }

    struct Codes: Decodable {
        struct Close: Decodable, Equatable {
            var code: UInt16
            var reason: String
        }

        var closeCodes: [Close]
        var errorCodes: [String]
    }

    static func read<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appendingPathComponent("Fixtures/wire/\(name).json")
        return try JSONDecoder().decode(type, from: Data(contentsOf: file))
    }
}
