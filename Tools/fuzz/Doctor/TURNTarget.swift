import DoctorCore
import STUNCore
import SignalingTestKit

extension FuzzTarget {
    /// The input is what a TURN server responds, one message after the other.
    static let turn = FuzzTarget(
        name: "turn", summary: "what a TURN server responds to doctor", maxLength: 4096, briefRuns: 100_000,
        makeCheck: { { input in try TURNCheck.run(input) } })
}

enum TURNCheck {
    /// The first request, one with credentials for each of three challenges, and one that gives the address back.
    private static let mostRequests = 5
    /// A name, a realm and a nonce of the most bytes that they may have, and what else there is.
    private static let longestRequest = 3 * (4 + 764) + 128

    /// Whatever comes, the exchange ends, and what is sent is a message of a bounded length that says who it is from only when asked.
    static func run(_ input: [UInt8]) throws {
        var cursor = InputCursor(input)
        let name = String(decoding: cursor.block(), as: UTF8.self)
        var allocation = Allocation(username: name, password: "secret", seed: (1, 2))
        var sent = try self.read(allocation.begin(), in: input)
        try expect(sent[STUNAttribute.username] == nil, "the first request says who asks: \(shown(input))")
        var requests = 1
        while !cursor.isAtEnd {
            guard let message = STUNMessage(self.response(to: sent, &cursor)) else { continue }
            let isMeant = message.transaction == sent.transaction
            switch allocation.receive(message) {
            case .send(let bytes):
                try expect(isMeant, "a response to another request is taken: \(shown(input))")
                let next = try self.read(bytes, in: input)
                try expect(next.transaction != sent.transaction, "a transaction comes twice: \(shown(input))")
                try expect(
                    next.text(STUNAttribute.username) == name, "\(shown(input)): asks as \(next.text(STUNAttribute.username) as Any)")
                try expect(next[STUNAttribute.messageIntegrity]?.count == 20, "a request is not sealed: \(shown(input))")
                sent = next
                requests += 1
                try expect(requests <= self.mostRequests, "\(requests) requests: \(shown(input))")
            case .over:
                return try expect(isMeant, "a response to another request ends it: \(shown(input))")
            case .ignored: break
            }
        }
    }

    private static func read(_ request: [UInt8], in input: [UInt8]) throws -> STUNMessage {
        try expect(request.count <= self.longestRequest, "a request of \(request.count) bytes: \(shown(input))")
        guard let message = STUNMessage(request) else { throw Finding("\(shown(input)) leads to the request \(shown(request))") }
        return message
    }

    /// Mostly a response to what was sent; else whatever there is.
    private static func response(to sent: STUNMessage, _ cursor: inout InputCursor) -> [UInt8] {
        let choice = cursor.byte()
        guard choice & 0x80 == 0 else { return cursor.block() }
        let type: UInt16 = cursor.pick([0x0113, 0x0103, 0x0114, 0x0104, 0x0101, 0x0003])
        var attributes: [[UInt8]] = []
        for _ in 0..<Int(choice & 7) {
            let attribute = cursor.pick([
                STUNAttribute.errorCode, STUNAttribute.realm, STUNAttribute.nonce, 0x0016, 0x0020, 0x000d, 0x8022,
            ])
            // A nonce of a block is short: some are too long.
            let value = cursor.block()
            attributes.append(STUNBytes.attribute(attribute, choice & 0x10 == 0 ? value : Array(repeatElement(value, count: 8).joined())))
        }
        let transaction = choice & 0x08 == 0 ? sent.transaction : cursor.take(12) + [UInt8](repeating: 0, count: 12)
        return STUNBytes.message(type: type, transaction: Array(transaction.prefix(12)), attributes)
    }
}
