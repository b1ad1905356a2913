import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import Testing
import TimeKeeping

@testable import HTTPServer

/// What the handler does with its stream, and when: what is written when, how the connection ends, and what time costs.
@Suite struct HTTPStreamTests {
    private static let get = HTTPAsk("GET", "/healthz").text
    private static let last = HTTPAsk("GET", "/healthz", headers: [("Connection", "close")]).text

    private func answers(_ event: RecordingStream.Event?) -> Int {
        guard case .flushed(let text) = event else { return 0 }
        return text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: false).count - 1
    }

    // MARK: - Writing

    @Test func theAnswersOfAReadGoOutTogether() {
        let (driver, stream) = HTTPRig().open()
        stream.read(Self.get + Self.get, Self.get + "GET", " /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        let events = stream.takeEvents()
        #expect(events.count == 1 && self.answers(events.first) == 4)
        withExtendedLifetime(driver) {}
    }

    @Test func nothingIsFlushedWithoutAnAnswer() {
        let (driver, stream) = HTTPRig().open()
        stream.read("\r\n")
        stream.read("GET /hea")
        stream.read("lthz")
        #expect(stream.takeEvents() == [])
        withExtendedLifetime(driver) {}
    }

    /// So many that they would be gathered in megabytes.
    @Test func whoDoesNotReadAnswersGetsNoMore() {
        let (driver, stream) = HTTPRig().open()
        stream.isWritable = false
        stream.read(String(repeating: Self.get, count: 5000))
        let events = stream.takeEvents()
        #expect(self.answers(events.first) == 1 && events.last == .closedOutput)
        guard case .flushed(let text) = events.first else { return }
        #expect(text.contains("Connection: close"))
        withExtendedLifetime(driver) {}
    }

    @Test func manyAnswersAreSentInBetween() {
        let (driver, stream) = HTTPRig().open()
        stream.read(String(repeating: Self.get, count: 1000))
        let events = stream.takeEvents()
        #expect(events.count > 5 && events.reduce(0) { $0 + self.answers($1) } == 1000)
        for case .flushed(let text) in events { #expect(text.utf8.count < 20_000) }
        withExtendedLifetime(driver) {}
    }

    // MARK: - The end

    @Test(arguments: [
        HTTPStreamTests.last, "GET /healthz HTTP/1.0\r\n\r\n", "POST /rendezvous/code HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}",
    ])
    func whoSendsNoMoreIsLetGoAtOnce(text: String) {
        let rig = HTTPRig()
        let (driver, stream) = rig.open()
        stream.read(text)
        let events = stream.takeEvents()
        #expect(self.answers(events.first) == 1 && events.last == .closed && events.count == 2)
        #expect(rig.context.connections.count == 0 && rig.context.timers.count == 0)
        withExtendedLifetime(driver) {}
    }

    /// A reset could overtake the answer where something is unread, or where the system has not got the answer yet.
    @Test(arguments: [
        [HTTPStreamTests.last + "G"], [HTTPStreamTests.last, "G"], ["GET /healthz HTTP/1.1\r\n\r\n"],
        [HTTPAsk("POST", "/rendezvous/code", headers: [("Connection", "close"), ("Content-Length", "5000")]).text],
        ["CONNECT x:1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
    ])
    func othersAreGivenAMoment(texts: [String]) {
        let rig = HTTPRig()
        let (driver, stream) = rig.open()
        for text in texts { driver.received(.init(string: text)) }
        driver.readCompleted()
        let events = stream.takeEvents()
        #expect(self.answers(events.first) == 1 && events.last == .closedOutput && events.count == 2)
        stream.read("more of it")
        rig.advance(by: .milliseconds(1_900))
        #expect(stream.takeEvents() == [])
        rig.advance(by: .milliseconds(200))
        #expect(stream.takeEvents() == [.closed] && rig.context.connections.count == 0 && rig.context.timers.count == 0)
    }

    @Test func anAnswerThatIsNotOutIsWaitedFor() {
        let rig = HTTPRig()
        let (driver, stream) = rig.open()
        stream.unsentBytes = 1
        stream.read(Self.last)
        #expect(stream.takeEvents().last == .closedOutput)
        rig.advance(by: .milliseconds(2_100))
        #expect(stream.takeEvents() == [.closed])
        withExtendedLifetime(driver) {}
    }

    /// A long answer, and a client that takes it slowly: it is let go once it has all of it, or takes nothing any more.
    @Test(arguments: [false, true])
    func whoReadsSlowlyIsNotCutOff(asksForTheEnd: Bool) {
        let file = StaticFile(path: "/x.js", name: "x.js", audience: .ownPage, body: ByteBuffer(repeating: 0x20, count: 60_000))
        let rig = HTTPRig(files: [file])
        let (driver, stream) = rig.open()
        let patience: TimeSpan = asksForTheEnd ? .seconds(2) : .seconds(60)
        stream.unsentBytes = 50_000
        stream.read(HTTPAsk("GET", "/x.js", headers: asksForTheEnd ? [("Connection", "close")] : []).text)
        let events = stream.takeEvents()
        #expect(self.answers(events.first) == 1 && events.count == (asksForTheEnd ? 2 : 1))
        for left in [49_999, 30_000, 1, 0] {
            stream.unsentBytes = left
            rig.advance(by: patience + .milliseconds(100))
            #expect(stream.takeEvents() == [])
        }
        rig.advance(by: patience + .milliseconds(100))
        #expect(stream.takeEvents() == [.closed])
        withExtendedLifetime(driver) {}
    }

    @Test func whoStopsReadingIsCutOff() {
        let file = StaticFile(path: "/x.js", name: "x.js", audience: .ownPage, body: ByteBuffer(repeating: 0x20, count: 60_000))
        let rig = HTTPRig(files: [file])
        let (driver, stream) = rig.open()
        stream.unsentBytes = 50_000
        stream.read(HTTPAsk("GET", "/x.js").text)
        _ = stream.takeEvents()
        stream.unsentBytes = 20_000
        rig.advance(by: .seconds(61))
        #expect(stream.takeEvents() == [])
        rig.advance(by: .seconds(61))
        #expect(stream.takeEvents() == [.closed])
        withExtendedLifetime(driver) {}
    }

    @Test func theServersEndClosesWhoWaitsAndAnswersWhoAsks() {
        let rig = HTTPRig()
        let (waiting, idle) = rig.open()
        let (asking, stream) = rig.open()
        stream.read("POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
        rig.hub.phase = .draining
        waiting.drain()
        asking.drain()
        #expect(idle.takeEvents() == [.closed] && stream.takeEvents() == [])
        stream.read("}")
        guard case .flushed(let text) = stream.takeEvents().first else { return #expect(Bool(false), "no answer") }
        #expect(text.hasPrefix("HTTP/1.1 503 ") && text.contains("\r\nConnection: close\r\n"))
        asking.abort()
        #expect(stream.takeEvents() == [.closed] && rig.context.connections.count == 0)
    }

    /// Its client may rely on its length.
    @Test func theServersEndWaitsForAnAnswerOnItsWay() {
        let rig = HTTPRig()
        let (driver, stream) = rig.open()
        stream.unsentBytes = 9_000
        stream.read(Self.get)
        _ = stream.takeEvents()
        driver.drain()
        #expect(stream.takeEvents() == [.closedOutput])
        for left in [5_000, 0] {
            stream.unsentBytes = left
            rig.advance(by: .milliseconds(2_100))
            #expect(stream.takeEvents() == [])
        }
        rig.advance(by: .milliseconds(2_100))
        #expect(stream.takeEvents() == [.closed] && rig.context.connections.count == 0)
    }

    @Test func whoIsAcceptedWhenTheOthersHaveBeenClosedIsClosedToo() {
        let rig = HTTPRig()
        rig.context.connections.announceDrain(reconnectAfterMilliseconds: 500...500)
        rig.context.connections.drain()
        let (driver, stream) = rig.open()
        #expect(stream.takeEvents() == [.closed])
        withExtendedLifetime(driver) {}
    }

    @Test func anUpgradeTakesNothingAlong() {
        let rig = HTTPRig()
        let (driver, stream) = rig.open()
        let ask = WebSocketClient.upgradeAsk(room: "01234567-89ab-cdef-0123-456789abcdef", side: "A").text
        stream.read(Self.get + ask + "frames")
        let events = stream.takeEvents()
        #expect(events.count == 2 && events.first == .handedOver(unread: "frames") && self.answers(events.last) == 2)
        guard case .flushed(let text) = events.last else { return }
        #expect(text.hasPrefix("HTTP/1.1 200 ") && text.contains("HTTP/1.1 101 "))
        #expect(rig.context.connections.count == 0 && rig.context.timers.count == 0)
        // Whatever its stream still says to it.
        driver.received(.init(string: Self.get))
        driver.readCompleted()
        driver.drain()
        driver.abort()
        #expect(stream.takeEvents() == [])
    }

    // MARK: - Time

    @Test func aDeadlineThatMovesIsKept() {
        let rig = HTTPRig()
        let (driver, stream) = rig.open()
        for _ in 0..<30 {
            stream.read(Self.get)
            #expect(self.answers(stream.takeEvents().first) == 1 && rig.context.timers.count == 1)
            rig.advance(by: .seconds(9))
        }
        rig.advance(by: .milliseconds(50_900))
        #expect(stream.takeEvents() == [])
        rig.advance(by: .milliseconds(200))
        #expect(stream.takeEvents() == [.closed])
        withExtendedLifetime(driver) {}
    }

    /// Nearer than what the timers were told.
    @Test func anEarlierDeadlineIsKeptToo() {
        let rig = HTTPRig()
        let (driver, stream) = rig.open()
        stream.read(Self.get)
        rig.advance(by: .seconds(30))
        // The beginning of the next request in one read with another's end.
        stream.read(Self.get + "GET /hea")
        #expect(self.answers(stream.takeEvents().first) == 1)
        rig.advance(by: .milliseconds(4_900))
        #expect(stream.takeEvents() == [])
        rig.advance(by: .milliseconds(200))
        guard case .flushed(let text) = stream.takeEvents().first else { return #expect(Bool(false), "no answer") }
        #expect(text.hasPrefix("HTTP/1.1 408 "))
        rig.advance(by: .milliseconds(2_100))
        #expect(stream.takeEvents() == [.closed])
        withExtendedLifetime(driver) {}
    }

    /// Some old clients send one behind a body.
    @Test func anEmptyLineBeginsNoRequest() {
        let rig = HTTPRig()
        let (driver, stream) = rig.open()
        stream.read(Self.get)
        _ = stream.takeEvents()
        stream.read("\r")
        stream.read("\n\r\n\r")
        rig.advance(by: .seconds(59))
        #expect(stream.takeEvents() == [])
        stream.read("\n" + Self.get)
        #expect(self.answers(stream.takeEvents().first) == 1)
        rig.advance(by: .milliseconds(60_100))
        #expect(stream.takeEvents() == [.closed])
        withExtendedLifetime(driver) {}
    }

    @Test func aBodyHasItsTimeFromItsHead() {
        let rig = HTTPRig()
        let (driver, stream) = rig.open()
        rig.advance(by: .seconds(3))
        stream.read("POST /rendezvous/code HTTP/1.1\r\nHost: x\r\n")
        rig.advance(by: .seconds(3))
        stream.read("Content-Length: 10\r\n\r\n{")
        rig.advance(by: .seconds(3))
        stream.read(" ")
        rig.advance(by: .milliseconds(1_900))
        #expect(stream.takeEvents() == [])
        rig.advance(by: .milliseconds(200))
        guard case .flushed(let text) = stream.takeEvents().first else { return #expect(Bool(false), "no answer") }
        #expect(text.hasPrefix("HTTP/1.1 408 "))
        withExtendedLifetime(driver) {}
    }
}
