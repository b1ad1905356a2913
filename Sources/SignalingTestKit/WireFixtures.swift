import ByteScan
import SignalingWire

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The golden frames of Fixtures/wire, whose README says what each member means.
package enum WireFixtures {
    package struct ClientFrame: Sendable, CustomStringConvertible {
        package var name: String
        package var text: String
        package var kind: String
        package var fields: [String: String]

        package var description: String { self.name }
    }

    package struct RefusedFrame: Sendable, CustomStringConvertible {
        package var name: String
        package var bytes: [UInt8]
        /// They are not text, and stand in a binary message.
        package var isUTF8: Bool
        package var code: String
        package var isEnvelope: Bool
        /// What the error frame says besides.
        package var ref: UInt64?

        package var description: String { self.name }
    }

    package struct ServerFrame: Sendable, CustomStringConvertible {
        package var name: String
        package var text: String
        package var seq: UInt64?
        package var payload: String?
        package var code: String?
        package var message: String?
        package var reconnectAfterMs: Int?
        package var ref: UInt64?
        package var id: String?
        package var deliveredUpTo: UInt64?

        package var description: String { self.text }
    }

    package struct Codes: Sendable {
        package var close: [(code: UInt16, reason: String)]
        package var error: [String]
    }

    package struct Unreadable: Error {
        package var file: String
        package var row: String
    }

    package static func clientFrames() throws -> [ClientFrame] {
        try self.rows("client-frames.json") { row in
            guard let name = row["name"]?.text, let text = row["text"]?.text, let kind = row["kind"]?.text else { return nil }
            let fields = (row["fields"]?.members ?? [:]).compactMapValues(\.text)
            return ClientFrame(name: name, text: text, kind: kind, fields: fields)
        }
    }

    package static func refusedFrames() throws -> [RefusedFrame] {
        try self.rows("refused-frames.json") { row in
            guard let name = row["name"]?.text, let code = row["code"]?.text, let isEnvelope = row["isEnvelope"]?.isTrue else { return nil }
            guard let bytes = row["text"]?.text.map({ Array($0.utf8) }) ?? row["hex"]?.text.flatMap(self.bytes) else { return nil }
            return RefusedFrame(
                name: name, bytes: bytes, isUTF8: row["text"] != nil, code: code, isEnvelope: isEnvelope, ref: row["ref"]?.integer())
        }
    }

    package static func serverFrames() throws -> [ServerFrame] {
        try self.rows("server-frames.json") { row in
            guard let name = row["name"]?.text, let text = row["text"]?.text else { return nil }
            return ServerFrame(
                name: name, text: text, seq: row["seq"]?.integer(), payload: row["payload"]?.text, code: row["code"]?.text,
                message: row["message"]?.text, reconnectAfterMs: row["reconnectAfterMs"]?.integer(), ref: row["ref"]?.integer(),
                id: row["id"]?.text, deliveredUpTo: row["deliveredUpTo"]?.integer())
        }
    }

    package static func codes() throws -> Codes {
        let file = "codes.json"
        let document = try self.read(file)
        let close = document["closeCodes"]?.elements?.compactMap { row -> (code: UInt16, reason: String)? in
            guard let code: UInt16 = row["code"]?.integer(), let reason = row["reason"]?.text else { return nil }
            return (code, reason)
        }
        guard let close, let error = document["errorCodes"]?.elements?.compactMap(\.text) else { throw Unreadable(file: file, row: "") }
        return Codes(close: close, error: error)
    }

    private static func rows<Row>(_ file: String, _ row: (PlainJSON) -> Row?) throws -> [Row] {
        guard let elements = try self.read(file).elements else { throw Unreadable(file: file, row: "") }
        return try elements.map {
            guard let row = row($0) else { throw Unreadable(file: file, row: "\($0)") }
            return row
        }
    }

    private static func bytes(hex: String) -> [UInt8]? {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count, by: 2).reduce(into: [UInt8]?([])) { bytes, place in
            guard place + 1 < digits.count, let high = Hex.value(digits[place]), let low = Hex.value(digits[place + 1]) else {
                bytes = nil
                return
            }
            bytes?.append(high << 4 | low)
        }
    }

    private static func read(_ name: String, from here: String = #filePath) throws -> PlainJSON {
        // This file lies in Sources/SignalingTestKit.
        let root = here.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        guard let file = fopen("\(root)/Fixtures/wire/\(name)", "rb") else { throw Unreadable(file: name, row: "") }
        defer { fclose(file) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { text += chunk[..<count] }
        guard let document = PlainJSON(text) else { throw Unreadable(file: name, row: "") }
        return document
    }
}
