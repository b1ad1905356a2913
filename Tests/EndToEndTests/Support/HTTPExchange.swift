import NIOCore
import SignalingTestKit
import Testing

/// Bytes as somebody could send them, and the statuses they must be answered with, in order, before the server ends the connection.
struct HTTPExchange: Sendable {
    let name: String
    let bytes: [UInt8]
    let statuses: [Int]

    init(_ name: String, _ text: String, _ statuses: Int...) { self.init(name, Array(text.utf8), statuses) }

    init(_ name: String, _ bytes: [UInt8], _ statuses: [Int]) {
        self.name = name
        self.bytes = bytes
        self.statuses = statuses
    }

    /// A request that is refused, with another behind it that must never be answered.
    static func refused(_ name: String, _ text: String, _ status: Int = 400) -> HTTPExchange {
        HTTPExchange(name, text + self.next, status)
    }

    /// A request that is understood. Whether its end was found shows the answer to the request behind it.
    static func understood(_ name: String, _ text: String, _ status: Int = 200) -> HTTPExchange {
        HTTPExchange(name, text + self.next, status, 404)
    }

    static let next = "GET /behind HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
}

extension TestServer {
    /// All answers to these bytes, on a connection of their own, until the server ends it.
    func answers(to bytes: [UInt8]) async throws -> [HTTPReply] {
        let client = try await self.connect()
        defer { client.close() }
        try await client.send(ByteBuffer(bytes: bytes))
        try await client.readToEnd()
        var replies: [HTTPReply] = []
        while client.unreadBytes > 0 { replies.append(try await client.reply()) }
        return replies
    }

    func check(_ exchanges: [HTTPExchange]) async throws {
        for exchange in exchanges {
            let replies: [HTTPReply]
            do {
                replies = try await self.answers(to: exchange.bytes)
            } catch {
                Issue.record("\(exchange.name): \(error)")
                continue
            }
            #expect(replies.map(\.status) == exchange.statuses, "\(exchange.name)")
            // The last one says that it is the last.
            #expect(replies.last?["Connection"] == "close", "\(exchange.name)")
        }
    }
}
