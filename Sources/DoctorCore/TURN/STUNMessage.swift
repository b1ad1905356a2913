package import NetworkAddresses
import STUNCore

/// A message of STUN or TURN, as a client reads it.
package struct STUNMessage: Equatable, Sendable {
    package let type: UInt16
    package let transaction: [UInt8]
    /// Each type once: of several, the first counts.
    private let values: [UInt16: [UInt8]]

    /// Over TCP a message says how long it is. Nil where the first bytes are those of none.
    package static func length(ofMessageBeginning bytes: [UInt8]) -> Int? {
        guard bytes.count >= 8 else { return nil }
        let head = bytes.span.bytes
        let length = Int(head.bigEndian(UInt16.self, at: 2))
        guard length & 3 == 0, head.bigEndian(UInt32.self, at: 4) == STUNHeader.cookie else { return nil }
        return STUNHeader.length + length
    }

    /// Nil where the bytes are not one whole message.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= STUNHeader.length, Self.length(ofMessageBeginning: bytes) == bytes.count else { return nil }
        let message = bytes.span.bytes
        var values: [UInt16: [UInt8]] = [:]
        var attributes = STUNAttributes()
        do throws(STUNMalformed) {
            while let attribute = try attributes.next(in: message) {
                if values[attribute.type] == nil { values[attribute.type] = Array(bytes[attribute.value]) }
            }
        } catch {
            return nil
        }
        self.type = message.bigEndian(UInt16.self, at: 0)
        self.transaction = Array(bytes[8..<STUNHeader.length])
        self.values = values
    }

    package subscript(type: UInt16) -> [UInt8]? { self.values[type] }

    package func text(_ type: UInt16) -> String? { self.values[type].map { String(decoding: $0, as: UTF8.self) } }

    /// ERROR-CODE: three digits, and what the server says beside it.
    package var error: (code: Int, reason: String)? {
        guard let value = self.values[STUNAttribute.errorCode], value.count >= 4 else { return nil }
        return (Int(value[2] & 7) * 100 + Int(value[3]), String(decoding: value[4...], as: UTF8.self))
    }

    /// An attribute such as XOR-MAPPED-ADDRESS.
    package func address(_ type: UInt16) -> ClientAddress? {
        guard let value = self.values[type], value.count == 8 || value.count == 20 else { return nil }
        var mask: [UInt8] = []
        mask.append(bigEndian: STUNHeader.cookie)
        let plain = zip(value[4...], mask + self.transaction).map { $0 ^ $1 }
        let bytes = plain.span.bytes
        switch (value[1], plain.count) {
        case (1, 4): return .v4(bytes.bigEndian(UInt32.self, at: 0))
        case (2, 16): return .v6(high: bytes.bigEndian(UInt64.self, at: 0), low: bytes.bigEndian(UInt64.self, at: 8)).unmapped
        default: return nil
        }
    }
}
