import NIOCore
import NIOEmbedded
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

@testable import HTTPServer

/// The handler on a channel in memory: what it makes of its input must not depend on how the network cut it.
@Suite struct HTTPHandlerTests {
    private static let requests =
        HTTPAsk("GET", "/healthz").text
        + "POST /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: y\r\n\r\n"
        + HTTPAsk("POST", "/rendezvous/redeem", headers: [("content-type", "application/json")], body: #"{"code":"0000"}"#).text
        + HTTPAsk("HEAD", "/readyz").text

    private static let statuses = ["200 OK", "404 Not Found", "410 Gone", "200 OK"]

    private func statusLines(_ text: String) -> [String] {
        text.split(separator: "\r\n").filter { $0.contains("HTTP/1.1 ") }.compactMap { line in
            line.firstRange(of: "HTTP/1.1 ").map { String(line[$0.upperBound...]) }
        }
    }

    @Test func requestsAreAnsweredTheSameWhereverTheyAreCut() throws {
        let server = HTTPRig()
        let whole = try server.connect()
        try whole.send(Self.requests)
        let expected = try whole.output()
        #expect(self.statusLines(expected) == Self.statuses)
        for cut in 1..<Self.requests.utf8.count {
            let connection = try server.connect()
            try connection.send(Self.requests.prefix(cut))
            try connection.send(Self.requests.dropFirst(cut))
            let output = try connection.output()
            #expect(output == expected, "cut at \(cut)")
        }
    }

    @Test func requestsAreAnsweredTheSameByteForByte() throws {
        let server = HTTPRig()
        let whole = try server.connect()
        try whole.send(Self.requests)
        let connection = try server.connect()
        for byte in Self.requests { try connection.send(String(byte)) }
        #expect(try connection.output() == whole.output())
    }

    /// A refusal must not depend on how much of the rest has come already, and what follows is never read.
    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "Content-Length: 5000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
        "X: a\r\n b\r\n\r\n", "X: a\nb: c\r\n\r\n", "Host: y\r\n\r\n",
    ])
    func whatIsRefusedIsRefusedWhereverItIsCut(rest: String) throws {
        let server = HTTPRig()
        let text = "POST /rendezvous/code HTTP/1.1\r\nHost: x\r\n" + rest + HTTPAsk("GET", "/healthz").text
        let whole = try server.connect()
        try whole.send(text)
        let expected = self.statusLines(try whole.output())
        #expect(expected.count == 1 && !expected.contains("200 OK"))
        let connection = try server.connect()
        // Characters would not do: CRLF is one.
        for byte in text.utf8 { try connection.channel.writeInbound(ByteBuffer(bytes: [byte])) }
        #expect(self.statusLines(try connection.output()) == expected)
    }

    @Test func framesBehindAnUpgradeReachItsHandlerWhereverTheyAreCut() throws {
        let server = HTTPRig()
        let frames: [UInt8] = ClientFrame.text("hello").bytes + ClientFrame(.ping, [1, 2, 3]).bytes
        let room = "01234567-89ab-cdef-0123-456789abcdef"
        let bytes =
            Array((HTTPAsk("GET", "/healthz").text + WebSocketClient.upgradeAsk(room: room, side: "B", sid: "s%201").text).utf8) + frames
        for cut in 0..<bytes.count {
            let connection = try server.connect()
            try connection.channel.writeInbound(ByteBuffer(bytes: bytes[..<cut]))
            try connection.channel.writeInbound(ByteBuffer(bytes: bytes[cut...]))
            #expect(connection.upgraded.bytes == ByteBuffer(bytes: frames), "cut at \(cut)")
            let output = try connection.output()
            #expect(self.statusLines(output) == ["200 OK", "101 Switching Protocols"])
            #expect(output.hasSuffix("Sec-WebSocket-Accept: \(WebSocketClient.upgradeAccept)\r\n\r\n"))
            let request = try #require(connection.upgraded.request)
            #expect(request.room.text == room && request.side == .b && request.sid == "s 1")
            #expect(server.hub.connections.openWebSockets == cut + 1)
        }
    }

    @Test func nothingBehindTheLastAnswerIsRead() throws {
        let connection = try HTTPRig().connect()
        try connection.send(HTTPAsk("GET", "/healthz", headers: [("Connection", "close")]).text + HTTPAsk("GET", "/readyz").text)
        #expect(self.statusLines(try connection.output()) == ["200 OK"])
    }

    @Test func aServerThatIsStartingIsHealthyAndNotReady() throws {
        let server = HTTPRig()
        server.hub.phase = .starting
        let connection = try server.connect()
        try connection.send(HTTPAsk("GET", "/healthz").text + HTTPAsk("GET", "/readyz").text)
        let output = try connection.output()
        #expect(self.statusLines(output) == ["200 OK", "503 Service Unavailable"])
        #expect(output.contains("\r\nRetry-After: 1\r\n"))
        server.hub.phase = .ready
        try connection.send(HTTPAsk("GET", "/readyz").text)
        #expect(self.statusLines(try connection.output()) == ["200 OK"])
    }

    @Test func whoSaysNothingIsCutOff() throws {
        let server = HTTPRig()
        let silent = try server.connect()
        server.advance(by: .milliseconds(4_900))
        #expect(silent.channel.isActive)
        server.advance(by: .milliseconds(200))
        #expect(!silent.channel.isActive)
        #expect(try silent.output() == "")
    }

    @Test func aHeadHasItsTimeFromItsFirstByte() throws {
        let server = HTTPRig()
        let half = try server.connect()
        server.advance(by: .seconds(4))
        try half.send("GET /hea")
        server.advance(by: .seconds(4))
        #expect(half.channel.isActive)
        server.advance(by: .milliseconds(1_100))
        #expect(self.statusLines(try half.output()) == ["408 Request Timeout"])
    }

    @Test func betweenRequestsAConnectionMayRest() throws {
        let server = HTTPRig()
        let idle = try server.connect()
        try idle.send(HTTPAsk("GET", "/healthz").text)
        #expect(self.statusLines(try idle.output()) == ["200 OK"])
        server.advance(by: .seconds(59))
        #expect(idle.channel.isActive)
        server.advance(by: .milliseconds(1_100))
        #expect(!idle.channel.isActive)
        #expect(try idle.output() == "")
    }

    /// Nobody is answered any more, and nothing is counted as refused.
    @Test func whoLeavesInTheMiddleOfARequestIsForgotten() throws {
        let server = HTTPRig()
        let connection = try server.connect()
        try connection.send("POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{")
        _ = try connection.channel.finish()
        server.advance(by: .seconds(100))
        #expect(try connection.output() == "")
        #expect(server.hub.counts.httpRequests.allSatisfy { $0.values.allSatisfy { $0 == 0 } })
    }
}
