import ByteStreams
import HTTPServer
import NIOCore
import SignalingTestKit
import Testing
import TimeKeeping
import WebSocketCore

/// The connection on a stream in memory: what it makes of its input must not depend on how the network cut it.
@Suite struct HTTPConnectionTests {
    private static let requests =
        HTTPAsk("GET", "/page").text
        + "POST /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: y\r\n\r\n"
        + HTTPAsk("POST", "/gone", headers: [("content-type", "application/json")], body: #"{"code":"0000"}"#).text
        + HTTPAsk("POST", "/echo", body: #"{"it":"is said"}"#).text + HTTPAsk("HEAD", "/page").text

    private static let statuses = ["200 OK", "404 Not Found", "410 Gone", "200 OK", "200 OK"]

    @Test func theResponsesAreTheSameWhereverRequestsAreCut() {
        let server = HTTPRig()
        let whole = server.connect()
        whole.send(Self.requests)
        let expected = whole.output()
        #expect(expected.statuses == Self.statuses && expected.contains(#"{"it":"is said"}"#))
        for cut in 1..<Self.requests.utf8.count {
            let connection = server.connect()
            connection.send(Self.requests.utf8.prefix(cut))
            connection.send(Self.requests.utf8.dropFirst(cut))
            #expect(connection.output() == expected, "cut at \(cut)")
        }
    }

    @Test func theResponsesAreTheSameByteForByte() {
        let server = HTTPRig()
        let whole = server.connect()
        whole.send(Self.requests)
        let connection = server.connect()
        for byte in Self.requests.utf8 { connection.send([byte]) }
        #expect(connection.output() == whole.output())
    }

    /// A refusal must not depend on how much of the rest has come already, and what follows is never read.
    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "Content-Length: 5000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
        "X: a\r\n b\r\n\r\n", "X: a\nb: c\r\n\r\n", "Host: y\r\n\r\n",
    ])
    func whatIsRefusedIsRefusedWhereverItIsCut(rest: String) {
        let server = HTTPRig()
        let text = "POST /echo HTTP/1.1\r\nHost: x\r\n" + rest + HTTPAsk("GET", "/page").text
        let whole = server.connect()
        whole.send(text)
        let expected = whole.output().statuses
        #expect(expected.count == 1 && !expected.contains("200 OK"))
        let connection = server.connect()
        for byte in text.utf8 { connection.send([byte]) }
        #expect(connection.output().statuses == expected)
    }

    @Test func whatStandsBehindAnUpgradeReachesItsDriverWhereverItIsCut() {
        let server = HTTPRig()
        let frames: [UInt8] = ClientFrame.text("hello").bytes + ClientFrame(.ping, [1, 2, 3]).bytes
        let ask = HTTPAsk("GET", "/socket", headers: WebSocketClient.upgradeHeaders)
        let bytes = Array((HTTPAsk("GET", "/page").text + ask.text).utf8) + frames
        for cut in 0..<bytes.count {
            server.observed.upgraded = nil
            let connection = server.connect()
            connection.send(bytes[..<cut])
            connection.send(bytes[cut...])
            #expect(server.observed.upgraded?.bytes == ByteBuffer(bytes: frames), "cut at \(cut)")
            let output = connection.output()
            #expect(output.statuses == ["200 OK", "101 Switching Protocols"])
            #expect(output.hasSuffix("Sec-WebSocket-Accept: \(WebSocketClient.upgradeAccept)\r\n\r\n"))
        }
    }

    /// Whatever was reserved for the connection is given back.
    @Test func anUpgradeOfAConnectionThatIsGoneIsAbandoned() {
        let server = HTTPRig()
        let connection = server.connect()
        server.observed.whileUpgrading = { connection.stream.close() }
        connection.send(HTTPAsk("GET", "/socket", headers: WebSocketClient.upgradeHeaders).text)
        #expect(server.observed.abandoned == 1 && server.observed.upgraded == nil)
        #expect(connection.output() == "" && server.context.connections.count == 0)
        server.observed.whileUpgrading = {}
        server.connect().send(HTTPAsk("GET", "/socket", headers: WebSocketClient.upgradeHeaders).text)
        #expect(server.observed.abandoned == 1 && server.observed.upgraded != nil)
    }

    @Test func nothingBehindTheLastResponseIsRead() {
        let connection = HTTPRig().connect()
        connection.send(HTTPAsk("GET", "/page", headers: [("Connection", "close")]).text + HTTPAsk("GET", "/page").text)
        #expect(connection.output().statuses == ["200 OK"])
    }

    /// Otherwise each response would allocate a body. A response takes two buffers, one for its body and one to be sent in.
    @Test func aBufferThatABodyLayInIsUsedAgain() {
        let server = HTTPRig()
        let connection = server.connect()
        let ask = HTTPAsk("POST", "/echo", body: "the same").text
        func storage() -> Int? {
            connection.send(ask)
            return server.observed.lentStorage
        }
        let first = [storage(), storage()]
        // Memory that had been given back would be theirs now.
        let others = (0..<64).map { _ in ByteBufferAllocator().buffer(capacity: 4096) }
        for _ in 0..<4 { #expect(first.contains(storage())) }
        #expect(connection.output().statuses.count == 6)
        withExtendedLifetime(others) {}
    }

    @Test func aServerThatIsAboutToEndKeepsNoConnection() {
        let server = HTTPRig()
        let connection = server.connect()
        connection.send(HTTPAsk("GET", "/page").text)
        #expect(!connection.output().contains("Connection: close") && connection.stream.isOpen)
        server.observed.isEnding = true
        connection.send(HTTPAsk("GET", "/page").text + HTTPAsk("GET", "/page").text)
        let output = connection.output()
        #expect(output.statuses == ["200 OK"] && output.contains("\r\nConnection: close\r\n") && connection.isLingering)
    }

    // MARK: - Time

    @Test func whoSaysNothingIsCutOff() {
        let server = HTTPRig()
        let silent = server.connect()
        server.advance(by: .milliseconds(4_900))
        #expect(silent.stream.isOpen)
        server.advance(by: .milliseconds(200))
        #expect(!silent.stream.isOpen)
        #expect(silent.output() == "")
    }

    @Test func aHeadHasItsTimeFromItsFirstByte() {
        let server = HTTPRig()
        let half = server.connect()
        server.advance(by: .seconds(4))
        half.send("GET /pa")
        server.advance(by: .seconds(4))
        #expect(half.stream.isOpen && half.output() == "")
        server.advance(by: .milliseconds(1_100))
        #expect(half.output().statuses == ["408 Request Timeout"])
    }

    @Test func betweenRequestsAConnectionMayRest() {
        let server = HTTPRig()
        let idle = server.connect()
        idle.send(HTTPAsk("GET", "/page").text)
        #expect(idle.output().statuses == ["200 OK"])
        server.advance(by: .seconds(59))
        #expect(idle.stream.isOpen)
        server.advance(by: .milliseconds(1_100))
        #expect(!idle.stream.isOpen)
        #expect(idle.output() == "")
    }

    /// It gets no response any more, and nothing is counted as refused.
    @Test(arguments: [MemoryStream.End.fin, .reset])
    func whoLeavesInTheMiddleOfARequestIsForgotten(end: MemoryStream.End) {
        let server = HTTPRig()
        let connection = server.connect()
        connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{")
        connection.stream.end(end)
        server.advance(by: .seconds(100))
        #expect(connection.output() == "" && !connection.stream.isOpen)
        #expect(server.requestsCounted == 0 && server.context.connections.count == 0 && server.context.timers.count == 0)
    }

    /// A client may say that it has no more requests, and wait for the responses (RFC 9112 section 9.6).
    @Test func whatWasAskedForIsSentAlsoToWhoSaysNothingMore() {
        let server = HTTPRig()
        let connection = server.connect(sendCapacity: 100)
        connection.send(HTTPAsk("GET", "/page").text + HTTPAsk("GET", "/page").text)
        connection.stream.end(.fin)
        #expect(connection.stream.isOpen)
        var output = ""
        for _ in 0..<20 { output += connection.output() }
        #expect(!connection.stream.isOpen)
        #expect(output.statuses == ["200 OK", "200 OK"] && output.hasSuffix(#"{"page":true}"#))
    }
}
