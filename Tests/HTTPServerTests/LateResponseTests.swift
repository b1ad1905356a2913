import ByteStreams
import HTTPServer
import MetricsCore
import NIOCore
import SignalingTestKit
import Testing
import TimeKeeping

/// Responses that come later, and what happens to their connections until then.
@Suite struct LateResponseTests {
    private static let ask = HTTPAsk("POST", "/later", headers: [("Origin", "https://a.example")], body: "{}").text
    private static let last = HTTPAsk("POST", "/later", headers: [("Connection", "close")], body: "{}").text
    private static let get = HTTPAsk("GET", "/page").text
    private static let upgrade =
        "GET /socket/later HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

    private func isGone(_ connection: Connection, _ rig: HTTPRig) -> Bool {
        !connection.stream.isOpen && rig.context.connections.count == 0 && rig.context.timers.count == 0
    }

    @Test func theResponseComesWhenItIsGiven() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.ask)
        #expect(connection.output() == "" && rig.requestsCounted == 0)
        let later = try #require(rig.observed.later.first)
        rig.advance(by: .milliseconds(1_500))
        later.response?.respond(Later.outcome)
        let output = connection.output()
        #expect(output.statuses == ["200 OK"] && output.hasSuffix(#"{"late":true}"#))
        // What depends on the request is kept with it.
        #expect(output.contains("Access-Control-Allow-Origin: *"))
        #expect(rig.requestsCounted == 1 && rig.metrics.counts.duration.sum >= 1.5)
        connection.send(Self.get)
        #expect(connection.output().statuses == ["200 OK"])
    }

    @Test func itMayBeGivenAtOnce() {
        let rig = HTTPRig()
        rig.observed.respondsAtOnce = true
        let connection = rig.connect()
        connection.send(Self.ask + Self.get + Self.ask)
        #expect(connection.output().statuses == Array(repeating: "200 OK", count: 3))
        #expect(connection.stream.isReading)
    }

    @Test func itMayComeFromAnotherThread() async throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.ask)
        let response = try #require(rig.observed.later.first?.response)
        await Task.detached { response.respond { _ in Later.outcome } }.value
        #expect(connection.output() == "")
        rig.runLoop()
        #expect(connection.output().statuses == ["200 OK"])
    }

    @Test func onlyTheFirstCounts() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.ask)
        let later = try #require(rig.observed.later.first)
        for _ in 0..<3 { later.response?.respond(Later.outcome) }
        #expect(connection.output().statuses == ["200 OK"])
    }

    /// However they are cut, and whatever came before.
    @Test func whatFollowsWaits() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.get + Self.ask + Self.get + "GET /pa")
        #expect(connection.output().statuses == ["200 OK"] && !connection.stream.isReading)
        // It lies in the network until it is wanted.
        connection.send("ge HTTP/1.1\r\nHost: x\r\n\r\n" + Self.ask)
        #expect(rig.observed.later.count == 1 && connection.stream.isHeldBack)
        rig.advance(by: .seconds(1))
        try #require(rig.observed.later.first).response?.respond(Later.outcome)
        connection.stream.read()
        #expect(connection.output().statuses == Array(repeating: "200 OK", count: 3))
        #expect(rig.observed.later.count == 2)
        try #require(rig.observed.later.dropFirst().first).response?.respond(Later.outcome)
        #expect(connection.output().statuses == ["200 OK"])
    }

    @Test func noDeadlineOfTheConnectionsEndsTheWait() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.get)
        connection.send(Self.ask)
        _ = connection.output()
        rig.advance(by: .seconds(600))
        #expect(connection.stream.isOpen && connection.output() == "")
        try #require(rig.observed.later.first).response?.respond(Later.outcome)
        #expect(connection.output().statuses == ["200 OK"])
        // Now the usual ones count again.
        rig.advance(by: .seconds(61))
        #expect(self.isGone(connection, rig))
    }

    @Test func theConnectionEndsAfterItWhereTheClientWantsThat() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.last)
        try #require(rig.observed.later.first).response?.respond(Later.outcome)
        #expect(connection.output().statuses == ["200 OK"] && self.isGone(connection, rig))
    }

    // MARK: - Clients that leave

    @Test func whoLeavesIsNotRespondedTo() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.ask)
        let later = try #require(rig.observed.later.first)
        connection.stream.end(.reset)
        #expect(later.isCancelled && self.isGone(connection, rig) && rig.requestsCounted == 0)
        later.response?.respond(Later.outcome)
        #expect(rig.requestsCounted == 0)
    }

    /// It may wait for its response, or have left: the interim response tells, to which the system of one that has left answers.
    @Test(arguments: [true, false]) func whoEndsItsOutputGetsItsResponseIfItIsThere(isThere: Bool) throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.ask + Self.get)
        connection.stream.end(.fin)
        #expect(connection.output().statuses == ["100 Continue"] && connection.stream.isOpen)
        let later = try #require(rig.observed.later.first)
        if !isThere { connection.stream.end(.reset) }
        #expect(later.isCancelled == !isThere)
        later.response?.respond(Later.outcome)
        #expect(connection.output().statuses == (isThere ? ["200 OK", "200 OK"] : []))
        #expect(self.isGone(connection, rig))
    }

    /// They know no interim response, so there is no telling whether they are there still.
    @Test func anOldClientThatEndsItsDirectionHasLeft() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send("POST /later HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
        connection.stream.end(.fin)
        #expect(connection.output() == "" && self.isGone(connection, rig))
        #expect(try #require(rig.observed.later.first).isCancelled)
    }

    /// A paused stream is read to its end once the client has ended it, however much that is.
    @Test func whoSendsTooMuchBehindItIsClosed() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.ask)
        connection.stream.arrive(ByteBuffer(repeating: 0x0A, count: HTTPSettings.maxUnread + 1))
        #expect(!connection.stream.canRead)
        connection.stream.end(.fin)
        #expect(try #require(rig.observed.later.first).isCancelled && self.isGone(connection, rig))
    }

    // MARK: - Upgrades

    @Test func anUpgradeMayBeGrantedLater() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.upgrade + "frames")
        let later = try #require(rig.observed.later.first)
        #expect(connection.output() == "" && rig.observed.upgraded == nil)
        later.response?.respond(.upgrade(HTTPRig.upgrade(try #require(later.accept), rig.observed)))
        #expect(connection.output().statuses == ["101 Switching Protocols"])
        let driver = try #require(rig.observed.upgraded)
        #expect(String(buffer: driver.bytes) == "frames" && connection.stream.isReading && rig.observed.abandoned == 0)
        connection.send(" and more")
        #expect(String(buffer: driver.bytes) == "frames and more")
        #expect(rig.context.connections.count == 0)
    }

    /// Another server has said yes: the client is sent what that said, and nothing else.
    @Test func anUpgradeMayBeGrantedInTheWordsOfOthers() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.upgrade + "frames")
        let head = "HTTP/1.1 101 Yes\r\nX: y\r\n\r\n"
        try #require(rig.observed.later.first).response?.respond(.upgrade(HTTPRig.upgrade(passingOn: head, rig.observed)))
        let driver = try #require(rig.observed.upgraded)
        #expect(connection.output() == head && String(buffer: driver.bytes) == "frames" && connection.stream.isReading)
        #expect(rig.context.connections.count == 0 && rig.requestsCounted == 1)
    }

    @Test func itIsAbandonedToo() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.upgrade)
        let later = try #require(rig.observed.later.first)
        connection.stream.end(.reset)
        later.response?.respond(.upgrade(HTTPRig.upgrade(passingOn: "HTTP/1.1 101 Yes\r\n\r\n", rig.observed)))
        #expect(rig.observed.abandoned == 1 && rig.observed.upgraded == nil && self.isGone(connection, rig))
    }

    @Test(arguments: [MemoryStream.End.reset, .fin]) func anUpgradeIsAbandonedIfItsClientHasLeft(end: MemoryStream.End) throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.upgrade)
        let later = try #require(rig.observed.later.first)
        connection.stream.end(end)
        later.response?.respond(.upgrade(HTTPRig.upgrade(try #require(later.accept), rig.observed)))
        #expect(rig.observed.abandoned == 1 && rig.observed.upgraded == nil && self.isGone(connection, rig))
    }

    // MARK: - The server's end

    @Test func theServersEndHurriesItAndTheResponseIsTheLast() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.ask + Self.get)
        rig.observed.isEnding = true
        connection.driver.drain()
        let later = try #require(rig.observed.later.first)
        #expect(later.isHurried && connection.stream.isOpen)
        later.response?.respond(Later.outcome)
        let output = connection.output()
        #expect(output.statuses == ["200 OK"] && output.contains("Connection: close"))
        #expect(connection.isLingering)
    }

    @Test func whoIsCutOffIsCancelled() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.ask)
        connection.driver.abort()
        #expect(try #require(rig.observed.later.first).isCancelled && self.isGone(connection, rig))
    }
}
