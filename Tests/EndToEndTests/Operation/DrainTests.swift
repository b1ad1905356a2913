import NIOCore
import ServerConfiguration
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

/// What clients see of a server that is told to stop.
@Suite struct DrainTests {
    /// `reconnectAfterMs` of a `going_away` frame.
    private static func delay(_ text: String) -> Int? {
        let (head, tail) = (#"{"type":"going_away","reconnectAfterMs":"#, "}")
        guard text.hasPrefix(head), text.hasSuffix(tail) else { return nil }
        return Int(text.dropFirst(head.count).dropLast(tail.count))
    }

    @Test func connectionsThatAreKeptAliveLearnOfItAtOnce() async throws {
        try await withServer {
            $0.shutdownGrace = .seconds(20)
        } _: { server in
            let (a, b) = try await server.pair()
            let asks = [
                HTTPAsk("GET", "/readyz"), HTTPAsk("GET", "/healthz"), HTTPAsk("POST", "/rendezvous/code"),
                HTTPAsk.redeem("0000"), WebSocketClient.upgradeAsk(room: randomRoom(), side: "A"),
            ]
            let kept = try await withThrowingTaskGroup(of: SocketClient.self) { group in
                for _ in asks { group.addTask { try await server.connect() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for client in kept { #expect(try await client.request(HTTPAsk("GET", "/readyz")).status == 200) }

            server.beginShutdown()
            #expect(Self.delay(try await a.nextText()) != nil)
            // The notice is short: first everything goes out, then answers are read.
            for (client, ask) in zip(kept, asks) { try await client.send(ask.text) }
            try await a.send(#"{"type":"ice","last":"words"}"#)
            let replies = try await zip(kept, asks).asyncMap { try await $0.reply(to: $1.method) }
            #expect(replies.map(\.status) == [503, 200, 503, 503, 503])
            for reply in replies {
                #expect(reply["Connection"] == "close")
                if reply.status == 503 { #expect(reply.isProblem(503) && reply["Retry-After"] != nil) }
            }
            for client in kept { try await client.readToEnd() }
            #expect(Self.delay(try await b.nextText()) != nil)
            #expect(try await b.nextText() == #"{"type":"ice","last":"words"}"#)
            await #expect(throws: (any Error).self) { try await server.connect() }
        }
    }

    @Test func everybodyIsToldWhenToComeBackAndGetsACloseFrame() async throws {
        try await withServer {
            $0.shutdownGrace = .seconds(20)
        } _: { server in
            var clients: [WebSocketClient] = []
            for _ in 0..<100 {
                let pair = try await server.pair()
                clients += [pair.a, pair.b]
            }
            clients.append(try await server.join(randomRoom(), "A"))
            server.beginShutdown()
            var delays: Set<Int> = []
            for client in clients {
                let delay = try #require(Self.delay(try await client.nextText()))
                #expect((500...1500).contains(delay))
                delays.insert(delay)
            }
            #expect(delays.count > 50)
            for client in clients {
                var frame = try await client.nextMessage()
                // The word of its peer's end may come first.
                if frame.text == peerLeft { frame = try await client.nextMessage() }
                #expect(frame.opcode == .close && frame.closeCode == 1001)
                try await client.sendClose(1001)
            }
            for client in clients { #expect(try await client.socket.readToEnd().readableBytes == 0) }
            try await server.waitForEnd()
            #expect(server.log.lines("stopped").count == 1)
            #expect(server.log.lines("closing connections that did not end in time").isEmpty)
        }
    }

    @Test func whoWaitsForASideIsToldToo() async throws {
        try await withServer {
            $0.shutdownGrace = .seconds(20)
        } _: { server in
            let room = randomRoom()
            let holder = try await server.join(room, "A")
            let challenger = try await server.join(room, "A")
            _ = try await holder.nextPing()
            server.beginShutdown()
            #expect(Self.delay(try await challenger.nextText()) != nil)
            #expect(try await challenger.finishClose().closeCode == 1001)
            #expect(Self.delay(try await holder.nextText()) != nil)
            #expect(try await holder.finishClose().closeCode == 1001)
            try await server.waitForEnd()
        }
    }

    @Test func aClientThatNeverAnswersDelaysTheEndByTheGraceAlone() async throws {
        try await withServer {
            $0.shutdownGrace = .seconds(1)
        } _: { server in
            let silent = try await server.join(randomRoom(), "A")
            // Stays in the middle of a request.
            let half = try await server.connect()
            try await half.send("POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
            try await eventually("both are connected") { server.openConnections == 2 }
            let start = ContinuousClock.now
            server.beginShutdown()
            try await server.waitForEnd()
            let time = ContinuousClock.now - start
            #expect(time >= .milliseconds(900))
            #expect(time < .seconds(8))
            #expect(Self.delay(try await silent.nextText()) != nil)
            #expect(try await silent.nextClose().closeCode == 1001)
            try await half.readToEnd()
            #expect(server.log.lines("closing connections that did not end in time").first?.metadata["connections"] == "2")
        }
    }

    @Test func aServerNobodyUsesStopsAtOnce() async throws {
        try await withServer {
            $0.shutdownGrace = .seconds(60)
        } _: { server in
            let idle = try await server.connect()
            #expect(try await idle.request(HTTPAsk("GET", "/healthz")).status == 200)
            let start = ContinuousClock.now
            server.beginShutdown()
            try await server.waitForEnd()
            #expect(ContinuousClock.now - start < .seconds(10))
            #expect(try await idle.readToEnd().readableBytes == 0)
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
