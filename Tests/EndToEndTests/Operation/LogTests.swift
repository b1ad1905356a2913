import Logging
import ServerConfiguration
import SignalingTestKit
import Testing

/// What the log says, and what it keeps to itself.
@Suite struct LogTests {
    @Test(arguments: [(LoggedAddress.prefix, "203.0.113.0/24", "2001:db8:1::/48"), (.full, "203.0.113.77", "2001:db8:1:2:3::4")])
    func addressesAreCutUnlessTheyAreAskedFor(setting: LoggedAddress, v4: String, v6: String) async throws {
        try await withServer {
            $0.logClientAddresses = setting
        } _: { server in
            _ = try await server.mint(nil, [("X-Forwarded-For", "203.0.113.77")])
            _ = try await server.mint(nil, [("X-Forwarded-For", "2001:db8:1:2:3::4")])
            let a = try await server.join(randomRoom(), "A", headers: [("X-Forwarded-For", "203.0.113.77")])
            try await a.close()
            try await eventually("the end is logged") { !server.log.lines("connection ended").isEmpty }
            #expect(server.log.lines("request").prefix(2).map { $0.metadata["client"] } == [v4, v6])
            #expect(server.log.lines("connection ended").first?.metadata["client"] == v4)
        }
    }

    @Test func everyRequestAndEveryConnectionsEndHasALine() async throws {
        try await withServer { server in
            let room = randomRoom()
            _ = try await server.mint()
            _ = try await server.get("/nothing")
            let (a, b) = try await server.pair(room)
            try await a.send(#"{"type":"ice"}"#)
            _ = try await b.nextText()
            try await a.close(1001)
            try await eventually("the end is logged") { !server.log.lines("connection ended").isEmpty }
            let requests = server.log.lines("request")
            #expect(requests.map { $0.metadata["route"] } == ["/rendezvous/code", "other", "/ws", "/ws"])
            #expect(requests.map { $0.metadata["status"] } == ["200", "404", "101", "101"])
            #expect(requests.map(\.level) == [.debug, .info, .debug, .debug])
            let end = try #require(server.log.lines("connection ended").first)
            // Not by its appID, which would open it, but by the same name in all lines.
            let name = try #require(end.metadata["room"])
            #expect(name.utf8.count == 8 && name.allSatisfy(\.isHexDigit))
            #expect(Set(server.log.lines.compactMap { $0.metadata["room"] }) == [name])
            #expect(!server.log.text.contains(room))
            #expect(end.metadata["side"] == "A")
            #expect(end.metadata["code"] == "1001")
            #expect(end.metadata["messages_in"] == "1")
            #expect(end.metadata["duration_ms"].flatMap { Int($0) } != nil)
            #expect(end.metadata["bytes_in"].flatMap { Int($0) } ?? 0 > 14)
            #expect(end.metadata["bytes_out"].flatMap { Int($0) } ?? 0 > 20)
        }
    }

    @Test(arguments: [(0, false), (1, false), (10_000_000, true)])
    func moreConnectionsThanFilesAllowAreToldAtTheStart(asked: Int, isTold: Bool) async throws {
        try await withServer {
            $0.maxConnections = asked
        } _: { server in
            let lines = server.log.lines.filter { $0.level == .warning && $0.message.contains("MAX_CONNECTIONS") }
            let allowed = server.log.lines("listening").first?.metadata["max_connections"]
            #expect(lines.map { $0.metadata["max_connections"] } == (isTold ? [allowed] : []))
        }
    }

    @Test func neitherCodesNorDescriptionsNorTargetsAreLogged() async throws {
        try await withServer { server in
            let code = try #require(try await server.mint().text("code"))
            _ = try await server.redeem(code)
            _ = try await server.redeem("87654321")
            _ = try await server.get("/nothing?secret=87654322")
            let (a, b) = try await server.pair()
            try await a.send(#"{"type":"offer","sdp":"o=- 87654323"}"#)
            _ = try await b.nextText()
            try await a.send(#"{"type":"send","to":"B","payload":"87654324"}"#)
            _ = try await b.nextText()
            try await a.close()
            try await eventually("the end is logged") { !server.log.lines("connection ended").isEmpty }
            let text = server.log.text
            for secret in ["8765432", "code=\(code)", "\"\(code)\"", "sdp"] { #expect(!text.contains(secret), "\(secret)") }
        }
    }
}
