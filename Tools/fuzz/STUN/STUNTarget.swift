import NetworkAddresses
import STUNCore
import SignalingTestKit
import TimeKeeping

extension FuzzTarget {
    /// The first byte says what is put right in the rest, and where it comes from.
    static let stun = FuzzTarget(
        name: "stun", summary: "STUN datagrams", maxLength: 512, briefRuns: 150_000,
        makeCheck: {
            { input in
                var cursor = InputCursor(input)
                let choice = cursor.byte()
                var bytes = cursor.all()
                // Few searches would come past the length, or the checksum, by themselves.
                if choice & 1 != 0 { bytes = STUNCheck.withHeader(bytes) }
                if choice & 2 != 0, bytes.count >= 20 { bytes = STUNBytes.fingerprinted(bytes) }
                try STUNCheck.run(bytes, from: choice & 4 != 0 ? .v6(high: 0x2001_0db8 << 32, low: 1) : .v4(0xc000_0201))
            }
        })
}

enum STUNCheck {
    /// What follows the head is what the input is.
    static func withHeader(_ bytes: [UInt8]) -> [UInt8] {
        var attributes = bytes.dropFirst(12)
        attributes.removeLast(attributes.count % 4)
        return STUNBytes.message(transaction: Array((bytes + [UInt8](repeating: 0, count: 12)).prefix(12)), [Array(attributes)])
    }

    /// Who is answered, and how, is what RFC 8489 says of the datagram, read in another way here.
    static func run(_ bytes: [UInt8], from source: ClientAddress) throws {
        var responder = STUNResponder(limit: SourceLimiter(limit: 0, window: .seconds(1)))
        var response: [UInt8] = []
        let result = responder.answer(bytes.span.bytes, from: source, port: 40_000, now: MonotonicTime(nanoseconds: 1), into: &response)
        guard let expected = self.unknownAttributes(of: bytes) else {
            return try expect(result == .malformed && response.isEmpty, "\(shown(bytes)) is \(result)")
        }
        try expect(result == .answered, "\(shown(bytes)) is \(result)")
        guard let reply = STUNReply(response) else { throw Finding("\(shown(bytes)) has the response \(shown(response))") }
        try expect(reply.transaction == Array(bytes[8..<20]), "\(shown(bytes)) has another's response")
        try expect(reply.unknown == Array(expected.prefix(16)), "of \(shown(bytes)) is unknown: \(reply.unknown), not \(expected)")
        try expect(reply.error == (expected.isEmpty ? nil : 420), "\(shown(bytes)) has error \(reply.error as Any)")
        try expect(reply.mapped == (expected.isEmpty ? source : nil), "\(shown(bytes)) comes from \(reply.mapped as Any)")
        let isShortest = response.count == 44 && bytes.count == 20
        try expect(response.count <= 2 * bytes.count || isShortest, "\(shown(bytes)) has a response of \(response.count) bytes")
        var further: [UInt8] = []
        let again = responder.answer(response.span.bytes, from: source, port: 40_000, now: MonotonicTime(nanoseconds: 1), into: &further)
        try expect(again == .malformed, "the response \(shown(response)) is \(again)")
    }

    /// Nil where it is no request.
    private static func unknownAttributes(of bytes: [UInt8]) -> [UInt16]? {
        func number(_ at: Int) -> Int { Int(bytes[at]) << 8 + Int(bytes[at + 1]) }
        guard bytes.count >= 20, bytes.count % 4 == 0, bytes[0] == 0, bytes[1] == 1, number(2) + 20 == bytes.count,
            Array(bytes[4..<8]) == [0x21, 0x12, 0xa4, 0x42]
        else { return nil }
        var unknown: [UInt16] = []
        var isVouchedFor = true
        var at = 20
        while at < bytes.count {
            let (type, length) = (number(at), number(at + 2))
            let end = at + 4 + (length % 4 == 0 ? length : length + 4 - length % 4)
            if end > bytes.count { return nil }
            switch type {
            case 0x8028:
                guard end == bytes.count, Array(bytes[at...]) == Array(STUNBytes.fingerprinted(Array(bytes[..<at])).suffix(8)) else {
                    return nil
                }
            case 0x0008, 0x001c: isVouchedFor = false
            case 0x0001, 0x0006, 0x0009, 0x000a, 0x0014, 0x0015, 0x001d, 0x001e, 0x0020: break
            case ..<0x8000 where isVouchedFor && !unknown.contains(UInt16(type)): unknown.append(UInt16(type))
            default: break
            }
            at = end
        }
        return unknown
    }
}
