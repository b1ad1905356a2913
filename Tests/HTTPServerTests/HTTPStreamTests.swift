import ByteStreams
import HTTPServer
import NIOCore
import SignalingTestKit
import Testing
import TimeKeeping

/// What the connection does with its stream, and when: what is written when, how the connection ends, and what time costs.
@Suite struct HTTPStreamTests {
    private static let get = HTTPAsk("GET", "/page").text
    private static let last = HTTPAsk("GET", "/page", headers: [("Connection", "close")]).text

    /// So many bytes that a stream whose client does not read is behind with them.
    private static let file = StaticFile(
        path: "/x.js", name: "x.js", audience: .ownPage, body: ByteBuffer(repeating: 0x20, count: MemoryStream.mostWaiting + 1000))

    private func isGone(_ connection: Connection, _ rig: HTTPRig) -> Bool {
        !connection.stream.isOpen && rig.context.connections.count == 0 && rig.context.timers.count == 0
    }

    // MARK: - Writing

    @Test func theResponsesOfAReadGoOutTogether() {
        let connection = HTTPRig().connect()
        connection.send(reads: [Self.get + Self.get + "GET", " /page HTTP/1.1\r\nHost: x\r\n\r\n" + Self.get])
        #expect(connection.stream.flushes.count == 1 && connection.output().statuses == Array(repeating: "200 OK", count: 4))
    }

    @Test func nothingIsFlushedWithoutAResponse() {
        let connection = HTTPRig().connect()
        connection.send("\r\n")
        connection.send("GET /pa")
        connection.send("ge")
        #expect(connection.stream.flushes == [] && connection.stream.isOpen)
    }

    /// So many that they would be gathered in megabytes.
    @Test func whoDoesNotReadResponsesGetsNoMore() {
        let connection = HTTPRig(files: [Self.file]).connect(sendCapacity: 500)
        connection.send(HTTPAsk("GET", Self.file.path).text)
        #expect(!connection.stream.isWritable)
        let before = connection.stream.unsentBytes
        connection.send(String(repeating: Self.get, count: 5000))
        #expect(connection.stream.unsentBytes - before < 1000)
        var output = ""
        for _ in 0..<200 { output += connection.output() }
        #expect(output.statuses == ["200 OK", "200 OK"] && output.hasSuffix("Connection: close\r\n\r\n{\"page\":true}"))
        #expect(connection.isLingering)
    }

    @Test func manyResponsesAreSentInBetween() {
        let connection = HTTPRig().connect()
        connection.send(String(repeating: Self.get, count: 1000))
        #expect(connection.stream.flushes.count > 5 && connection.output().statuses.count == 1000)
        for size in connection.stream.flushes { #expect(size < 20_000) }
    }

    // MARK: - The end

    @Test(arguments: [
        HTTPStreamTests.last, "GET /page HTTP/1.0\r\n\r\n", "POST /echo HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}",
    ])
    func whoSendsNoMoreIsLetGoAtOnce(text: String) {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(text)
        #expect(self.isGone(connection, rig) && connection.stream.flushes.count == 1)
        #expect(connection.output().statuses == ["200 OK"])
    }

    /// A reset could overtake the response where something is unread, or where the system has not got the response yet.
    @Test(arguments: [
        [HTTPStreamTests.last + "G"], [HTTPStreamTests.last, "G"], ["GET /page HTTP/1.1\r\n\r\n"],
        [HTTPAsk("POST", "/echo", headers: [("Connection", "close"), ("Content-Length", "5000")]).text],
        ["CONNECT x:1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
    ])
    func othersAreGivenAMoment(texts: [String]) {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(reads: texts)
        #expect(connection.output().statuses.count == 1 && connection.isLingering && connection.stream.flushes.count == 1)
        connection.send("more of it")
        rig.advance(by: .milliseconds(1_900))
        #expect(connection.isLingering)
        rig.advance(by: .milliseconds(200))
        #expect(self.isGone(connection, rig) && connection.output() == "")
    }

    @Test func aResponseThatIsNotOutIsWaitedFor() {
        let rig = HTTPRig()
        let connection = rig.connect(sendCapacity: 10)
        connection.send(Self.last)
        // The end of this direction stands behind the response.
        #expect(connection.stream.isOpen && connection.stream.sentEnd == nil)
        rig.advance(by: .milliseconds(1_900))
        #expect(connection.stream.isOpen)
        rig.advance(by: .milliseconds(200))
        #expect(self.isGone(connection, rig))
    }

    /// A long response, and a client that takes it slowly: it is let go once it has all of it, or takes nothing any more.
    @Test(arguments: [false, true])
    func whoReadsSlowlyIsNotCutOff(asksForTheEnd: Bool) {
        let rig = HTTPRig(files: [Self.file])
        let connection = rig.connect(sendCapacity: 10_000)
        let patience: TimeSpan = asksForTheEnd ? .seconds(2) : .seconds(60)
        connection.send(HTTPAsk("GET", Self.file.path, headers: asksForTheEnd ? [("Connection", "close")] : []).text)
        #expect(connection.stream.unsentBytes > 50_000)
        for left in [49_999, 40_000, 30_000, 20_000, 10_001, 1, 0] {
            connection.read(untilLeft: left)
            #expect(connection.stream.unsentBytes == left)
            rig.advance(by: patience + .milliseconds(100))
            #expect(connection.stream.isOpen)
        }
        #expect(connection.isLingering == asksForTheEnd)
        rig.advance(by: patience + .milliseconds(100))
        #expect(self.isGone(connection, rig))
    }

    @Test func whoStopsReadingIsCutOff() {
        let rig = HTTPRig(files: [Self.file])
        let connection = rig.connect(sendCapacity: 30_000)
        connection.send(HTTPAsk("GET", Self.file.path).text)
        connection.read(untilLeft: 20_000)
        rig.advance(by: .seconds(61))
        #expect(connection.stream.isOpen)
        rig.advance(by: .seconds(61))
        #expect(self.isGone(connection, rig))
    }

    @Test func theServersEndClosesWhoWaitsAndRespondsToWhoAsks() {
        let rig = HTTPRig()
        let waiting = rig.connect()
        let asking = rig.connect()
        asking.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
        rig.observed.isEnding = true
        waiting.driver.drain()
        asking.driver.drain()
        #expect(!waiting.stream.isOpen && waiting.output() == "")
        #expect(asking.stream.isOpen && asking.stream.sentEnd == nil && asking.output() == "")
        asking.send("}")
        let output = asking.output()
        #expect(output.statuses == ["200 OK"] && output.contains("\r\nConnection: close\r\n") && asking.isLingering)
        asking.driver.abort()
        #expect(self.isGone(asking, rig))
    }

    /// Its client may rely on its length.
    @Test func theServersEndWaitsForAResponseOnItsWay() {
        let rig = HTTPRig(files: [Self.file])
        let connection = rig.connect(sendCapacity: 40_000)
        connection.send(HTTPAsk("GET", Self.file.path).text)
        connection.driver.drain()
        #expect(connection.stream.isOpen && connection.stream.sentEnd == nil)
        for left in [5_000, 0] {
            connection.read(untilLeft: left)
            rig.advance(by: .milliseconds(2_100))
            #expect(connection.stream.isOpen)
        }
        #expect(connection.isLingering)
        rig.advance(by: .milliseconds(2_100))
        #expect(self.isGone(connection, rig))
    }

    @Test func whoIsAcceptedWhenTheOthersHaveBeenClosedIsClosedToo() {
        let rig = HTTPRig()
        rig.context.connections.announceDrain(reconnectAfterMilliseconds: 500...500)
        rig.context.connections.drain()
        let connection = rig.connect()
        #expect(self.isGone(connection, rig) && connection.output() == "")
    }

    @Test func anUpgradeTakesNothingAlong() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.get + HTTPAsk("GET", "/socket", headers: WebSocketClient.upgradeHeaders).text + "frames")
        let upgraded = try #require(rig.observed.upgraded)
        #expect(upgraded.bytes == ByteBuffer(string: "frames") && connection.stream.flushes.count == 1)
        #expect(connection.output().statuses == ["200 OK", "101 Switching Protocols"])
        #expect(connection.stream.isOpen && rig.context.connections.count == 0 && rig.context.timers.count == 0)
        // Whatever its stream still says to it.
        connection.driver.received(ByteBuffer(string: Self.get))
        connection.driver.readCompleted()
        connection.driver.drain()
        connection.driver.abort()
        #expect(connection.stream.isOpen && connection.stream.flushes.count == 1 && connection.stream.unsentBytes == 0)
    }

    // MARK: - Time

    @Test func aDeadlineThatMovesIsKept() {
        let rig = HTTPRig()
        let connection = rig.connect()
        for _ in 0..<30 {
            connection.send(Self.get)
            #expect(connection.output().statuses.count == 1 && rig.context.timers.count == 1)
            rig.advance(by: .seconds(9))
        }
        rig.advance(by: .milliseconds(50_900))
        #expect(connection.stream.isOpen)
        rig.advance(by: .milliseconds(200))
        #expect(self.isGone(connection, rig) && connection.output() == "")
    }

    /// Nearer than what the timers were told.
    @Test func anEarlierDeadlineIsKeptToo() {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.get)
        rig.advance(by: .seconds(30))
        // The beginning of the next request in one read with another's end.
        connection.send(Self.get + "GET /pa")
        #expect(connection.output().statuses.count == 2)
        rig.advance(by: .milliseconds(4_900))
        #expect(connection.output() == "")
        rig.advance(by: .milliseconds(200))
        #expect(connection.output().statuses == ["408 Request Timeout"])
        rig.advance(by: .milliseconds(2_100))
        #expect(self.isGone(connection, rig))
    }

    /// Some old clients send one behind a body.
    @Test func anEmptyLineBeginsNoRequest() {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(Self.get)
        #expect(connection.output().statuses.count == 1)
        connection.send("\r")
        connection.send("\n\r\n\r")
        rig.advance(by: .seconds(59))
        #expect(connection.stream.isOpen && connection.output() == "")
        connection.send("\n" + Self.get)
        #expect(connection.output().statuses.count == 1)
        rig.advance(by: .milliseconds(60_100))
        #expect(self.isGone(connection, rig) && connection.output() == "")
    }

    @Test func aBodyHasItsTimeFromItsHead() {
        let rig = HTTPRig()
        let connection = rig.connect()
        rig.advance(by: .seconds(3))
        connection.send("POST /echo HTTP/1.1\r\nHost: x\r\n")
        rig.advance(by: .seconds(3))
        connection.send("Content-Length: 10\r\n\r\n{")
        rig.advance(by: .seconds(3))
        connection.send(" ")
        rig.advance(by: .milliseconds(1_900))
        #expect(connection.output() == "" && connection.stream.isOpen)
        rig.advance(by: .milliseconds(200))
        #expect(connection.output().statuses == ["408 Request Timeout"])
    }
}
