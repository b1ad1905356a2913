import ByteStreams
import HTTPServer
import MetricsCore
import NIOConcurrencyHelpers
import NIOCore
import ServerApp
import ServerConfiguration
import SignalingTestKit
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One server after the other at HANDOVER: what clients and operators see.
@Suite struct HandoverTests {
    private static let health = HTTPAsk("GET", "/healthz")

    /// A process that another test is starting has a copy of a listener's descriptor for a moment.
    private static func expectNobody(at address: SocketAddress) async throws {
        try await eventually("nobody listens") {
            guard let client = try? await SocketClient.connect(to: address) else { return true }
            client.close()
            return false
        }
    }

    @Test func clientsNoticeNothing() async throws {
        try await HandoverFolder.use { folder in
            let first = try await folder.start()
            let isOver = NIOLockedValueBox(false)
            let answered = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var answered = 0
                        while !isOver.withLockedValue({ $0 }) {
                            let reply = try await first.request(Self.health)
                            #expect(reply.status == 200)
                            answered += 1
                        }
                        return answered
                    }
                }
                var last = first
                for _ in 0..<3 {
                    let next = try await folder.start(port: first.port)
                    #expect(next.server.address == first.server.address)
                    #expect(next.log.lines("listening").first?.metadata["listener_from"] == "the server before")
                    try await last.waitForEnd()
                    #expect(last.log.lines("stopped").count == 1)
                    last = next
                }
                isOver.withLockedValue { $0 = true }
                let sum = try await group.reduce(0, +)
                #expect(try await last.request(Self.health).status == 200)
                return sum
            }
            #expect(answered > 0)
        }
    }

    /// The one that leaves goes on with what it has, as long as it can.
    @Test func requestsOfOpenConnectionsAreServedMeanwhile() async throws {
        try await HandoverFolder.use { folder in
            let first = try await folder.start()
            let a = try await WebSocketClient.open(on: first.connect(), room: randomRoom(), side: "A")
            let asks = [
                HTTPAsk("GET", "/readyz"), Self.health, HTTPAsk("POST", "/rendezvous/code"), HTTPAsk.redeem("0000"),
                WebSocketClient.upgradeAsk(room: randomRoom(), side: "B"),
            ]
            var kept: [SocketClient] = []
            for _ in asks { kept.append(try await first.connect()) }
            for client in kept { #expect(try await client.request(Self.health).status == 200) }

            async let next = folder.start(port: first.port)
            #expect(try await a.nextText().hasPrefix(#"{"type":"going_away","reconnectAfterMs":"#))
            // The notice is short: first everything goes out, then answers are read.
            for (client, ask) in zip(kept, asks) { try await client.send(ask.text) }
            var replies: [HTTPReply] = []
            for (client, ask) in zip(kept, asks) { replies.append(try await client.reply(to: ask.method)) }
            #expect(replies.map(\.status) == [200, 200, 200, 410, 503])
            #expect(replies.allSatisfy { $0["Connection"] == "close" })
            for client in kept { try await client.readToEnd() }
            #expect(try await a.finishClose().closeCode == 1001)
            #expect(try await next.request(HTTPAsk("POST", "/rendezvous/code")).status == 200)
            try await first.waitForEnd()
        }
    }

    @Test func theNextOneWaitsUntilTheStateIsFree() async throws {
        try await HandoverFolder.use { folder in
            let (isAsked, mayGoOn) = (NIOLockedValueBox(0), NIOLockedValueBox(false))
            let first = try await folder.start(whenStateIsFree: {
                isAsked.withLockedValue { $0 += 1 }
                try? await eventually("the test goes on") { mayGoOn.withLockedValue { $0 } }
            })
            // It takes its time to close, which nobody waits for.
            let slow = try await WebSocketClient.open(on: first.connect(), room: randomRoom(), side: "A")
            let log = LogRecorder()
            async let next = folder.start(port: first.port, log: log)
            try await eventually("the first server is asked to let go") { isAsked.withLockedValue { $0 } == 1 }
            let client = try await first.connect()
            try await client.send(Self.health.text)
            #expect(log.lines("taking over from the server before").count == 1 && log.lines("listening").isEmpty)
            mayGoOn.withLockedValue { $0 = true }
            #expect(try await client.reply().status == 200)
            _ = try await next
            #expect(first.log.lines("stopped").isEmpty)
            #expect(try await slow.nextText().hasPrefix(#"{"type":"going_away""#))
            #expect(try await slow.finishClose().closeCode == 1001)
            try await first.waitForEnd()
            #expect(isAsked.withLockedValue { $0 } == 1)
        }
    }

    @Test func theStateIsFreeWhenAServerStopsToo() async throws {
        try await HandoverFolder.use { folder in
            let isAsked = NIOLockedValueBox(0)
            let server = try await folder.start(whenStateIsFree: { isAsked.withLockedValue { $0 += 1 } })
            server.task.cancel()
            try await server.waitForEnd()
            #expect(isAsked.withLockedValue { $0 } == 1)
            try await Self.expectNobody(at: server.server.address)
            #expect(access(folder.path, F_OK) != 0)
        }
    }

    @Test func metricsAddressGoesAlong() async throws {
        try await HandoverFolder.use { folder in
            let first = try await folder.start { $0.metricsAddress = ListenAddress(host: "127.0.0.1", port: 0) }
            let address = try #require(first.server.metricsAddress)
            let place = ListenAddress(host: "127.0.0.1", port: try #require(address.port))
            // It keeps the first server from ending.
            let held = try await WebSocketClient.open(on: first.connect(), room: randomRoom(), side: "A")
            let next = try await folder.start(port: first.port) { $0.metricsAddress = place }
            #expect(next.server.metricsAddress == address)
            let client = try await SocketClient.connect(to: address)
            #expect(try await client.request(HTTPAsk("GET", "/readyz")).status == 200)
            client.close()
            #expect(next.server.http.metrics.counts.requests.first { $0.label == "/readyz" }?.counts[.ok] == 1)
            // Without the setting, nobody listens there any more.
            let last = try await folder.start(port: first.port)
            #expect(last.server.metricsAddress == nil)
            held.socket.close()
            try await first.waitForEnd()
            try await next.waitForEnd()
            try await Self.expectNobody(at: address)
        }
    }

    @Test func anotherPortIsListenedAtAsTheSettingsSay() async throws {
        try await HandoverFolder.use { folder in
            let first = try await folder.start()
            let free = try ListeningSocket.open(SocketAddress(ipAddress: "127.0.0.1", port: 0))
            let elsewhere = try #require(try free.address().port)
            free.close()
            let next = try await folder.start(port: elsewhere)
            #expect(next.port == elsewhere && next.log.lines("listening").first?.metadata["listener_from"] == nil)
            try await first.waitForEnd()
            try await Self.expectNobody(at: first.server.address)
            #expect(try await next.request(Self.health).status == 200)
        }
    }

    @Test func aServerThatCannotStartLeavesTheOtherOneAlone() async throws {
        try await HandoverFolder.use { folder in
            let first = try await folder.start()
            let held = try await WebSocketClient.open(on: first.connect(), room: randomRoom(), side: "A")
            let taken = try await folder.start(port: 0) { $0.handover = nil }
            for adjust: (inout ServerSettings) -> Void in [
                { ($0.tlsCertificateFile, $0.tlsKeyFile) = ("/nonexistent/c", "/nonexistent/k") },
                { $0.metricsAddress = ListenAddress(host: "127.0.0.1", port: taken.port) },
                { $0.port = taken.port },
            ] {
                await #expect(throws: StartupError.self) { try await folder.start(port: first.port, adjust) }
            }
            try await held.send(#"{"type":"nonsense"}"#)
            #expect(try await held.nextText().contains("unknown_type"))
            #expect(try await first.request(Self.health).status == 200)
            held.socket.close()
            _ = try await folder.start(port: first.port)
            try await first.waitForEnd()
        }
    }
}
