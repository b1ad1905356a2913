import ByteStreams
import HTTPServer
import NIOCore
import PassThrough
import SignalingTestKit
import Testing
import TimeKeeping

/// From the request for an upgrade to what its home says to it.
@Suite struct PassedUpgradeTests {
    private static let refused =
        "HTTP/1.1 429 Too Many Requests\r\nDate: x\r\nContent-Type: application/problem+json\r\nContent-Length: 9\r\nRetry-After:  7 \r\n"
        + "Set-Cookie: a=b\r\nConnection: close\r\n\r\n{\"a\":429}"

    @Test func theHeadIsPassedAsItCameAndSigned() throws {
        let rig = try PassRig()
        let text = PassRig.ask.replacing("Upgrade: websocket", with: "X-Odd:\t a  b \r\nupgrade:websocket")
        let client = rig.ask(text.replacing("\r\nHost", with: "\r\nNT-Node-Auth: x\r\nnt-node-client: 9.9.9.9\r\nNT-NODE-Other: y\r\nHost"))
        let home = try rig.accept()
        let proof = "zzV3yvWoDmkPXdYfH8LfBHlFPwwLAQaA8QM3-yC6wEE"
        #expect(home.text() == text.dropLast() + "NT-Node-Client: 192.0.2.1\r\nNT-Node-From: n\r\nNT-Node-Auth: \(proof)\r\n\r\n")
        #expect(client.isOpen && client.text() == "")
        let attempt = try #require(rig.seen.attempts.first)
        #expect("\(attempt.address)".contains("10.0.0.5") && attempt.limit == .seconds(1))
    }

    // MARK: - Granted

    @Test func theResponseMayBeCutAnywhere() throws {
        let text = Array((PassRig.granted + "early").utf8)
        for cut in 1..<text.count {
            let rig = try PassRig()
            let client = rig.ask()
            let home = try rig.accept()
            for part in [text[..<cut], text[cut...]] { home.receive(ByteBuffer(bytes: part)) }
            #expect(client.text() == PassRig.granted + "early", "cut at \(cut)")
            #expect(rig.seen.outcomes == ["connected"] && rig.connections.count == 1)
        }
    }

    @Test func theResponseMayComeByteByByte() throws {
        let rig = try PassRig()
        let client = rig.ask()
        let home = try rig.accept()
        for byte in (PassRig.granted + "early").utf8 { home.receive(ByteBuffer(bytes: [byte])) }
        #expect(client.text() == PassRig.granted + "early")
    }

    @Test func interimResponsesAreSkipped() throws {
        let rig = try PassRig()
        let client = rig.ask()
        let home = try rig.accept()
        home.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nA: b\r\n\r\n" + PassRig.granted + "x")
        #expect(client.text() == PassRig.granted + "x")
    }

    @Test func whatTheClientSentBehindItsRequestGoesAlong() throws {
        let rig = try PassRig()
        let client = rig.ask(PassRig.ask + "frames")
        let home = try rig.accept()
        #expect(!home.text().contains("frames"))
        client.send(", more")
        home.send(PassRig.granted)
        client.read()
        #expect(home.text() == "frames, more" && client.text() == PassRig.granted)
    }

    // MARK: - Refused

    @Test func aRefusalMayBeCutAnywhere() throws {
        let text = Array(Self.refused.utf8)
        for cut in 1..<text.count {
            let rig = try PassRig()
            let client = rig.ask()
            let home = try rig.accept()
            for part in [text[..<cut], text[cut...]] { home.receive(ByteBuffer(bytes: part)) }
            let output = client.text()
            #expect(output.hasPrefix("HTTP/1.1 429 Too Many Requests\r\n") && output.hasSuffix("\r\n\r\n{\"a\":429}"), "cut at \(cut)")
            #expect(output.contains("\r\nRetry-After: 7\r\n") && output.contains("\r\nContent-Type: application/problem+json\r\n"))
            #expect(!output.contains("Cookie") && rig.seen.outcomes == ["refused 429"] && !home.isOpen && client.sentEnd == .fin)
        }
    }

    @Test func aBodyWithoutALengthEndsWithTheConnection() throws {
        let rig = try PassRig()
        let client = rig.ask()
        let home = try rig.accept()
        home.send("HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n\r\nno, ")
        home.send("never")
        #expect(client.text() == "")
        home.end(.fin)
        #expect(client.text().hasSuffix("\r\nConnection: close\r\n\r\nno, never"))
    }

    @Test(arguments: ["", "Content-Length: 65536\r\n"]) func aBodyHasItsBound(length: String) throws {
        for count in [65_536, 65_537] {
            let rig = try PassRig()
            let client = rig.ask()
            let home = try rig.accept()
            home.send("HTTP/1.1 403 Forbidden\r\n" + length.replacing("65536", with: "\(count)") + "\r\n")
            home.receive(ByteBuffer(repeating: 0x61, count: count))
            home.end(.fin)
            #expect(rig.seen.outcomes == [count == 65_536 ? "refused 403" : "garbled bodyTooLong"])
            #expect(client.text().hasPrefix(count == 65_536 ? "HTTP/1.1 403 " : "HTTP/1.1 502 "))
        }
    }

    // MARK: - No response

    @Test func aHomeThatIsNotThereIsUnreachable() throws {
        let rig = try PassRig()
        let client = rig.ask()
        try #require(rig.seen.attempts.first).refuse()
        rig.run()
        let output = client.text()
        #expect(output.hasPrefix("HTTP/1.1 503 ") && output.contains("\r\nRetry-After: 1\r\n") && output.contains("connect again"))
        #expect(rig.seen.outcomes == ["unreachable"])
    }

    @Test(arguments: ["", "HTTP/1.1 101 Switch", "HTTP/1.1 403 F\r\nContent-Length: 2\r\n\r\n1"], [MemoryStream.End.fin, .reset])
    func soIsOneThatEndsBefore(begun: String, end: MemoryStream.End) throws {
        let rig = try PassRig()
        let client = rig.ask()
        let home = try rig.accept()
        home.send(begun)
        home.end(end)
        #expect(client.text().hasPrefix("HTTP/1.1 503 ") && rig.seen.outcomes == ["unreachable"] && !home.isOpen)
    }

    @Test func connectingTakesItsTimeAtMost() throws {
        let rig = try PassRig()
        let client = rig.ask()
        rig.advance(by: .milliseconds(2_900))
        #expect(client.text() == "")
        rig.advance(by: .milliseconds(200))
        #expect(client.text().hasPrefix("HTTP/1.1 504 ") && rig.seen.outcomes == ["too slow"])
        #expect(try !#require(rig.seen.attempts.first).isPending)
    }

    /// However steadily it comes.
    @Test func theHeadTakesItsTimeAtMost() throws {
        let rig = try PassRig()
        let client = rig.ask()
        rig.advance(by: .milliseconds(900))
        let home = try rig.accept()
        for byte in "HTTP/1.1 101 Switching Pro".utf8 {
            home.receive(ByteBuffer(bytes: [byte]))
            rig.advance(by: .milliseconds(100))
        }
        #expect(client.text().hasPrefix("HTTP/1.1 504 ") && rig.seen.outcomes == ["too slow"] && !home.isOpen)
    }

    @Test(arguments: [
        ("\u{16}\u{3}", "statusLine"), ("HTTP/1.0 101 x\r\n\r\n", "statusLine"), ("HTTP/1.1  101", "statusLine"),
        ("HTTP/1.1 1x1 ", "statusLine"), ("HTTP/1.1 600 ", "statusLine"), ("HTTP/1.1 1010", "statusLine"),
        ("HTTP/1.1 101\r\n\r\n", "statusLine"), ("HTTP/1.1 101 a\nb: c\r\n\r\n", "statusLine"), ("HTTP/1.1 101 a\rb", "statusLine"),
        ("HTTP/1.1 101 a\r\n b: c\r\n\r\n", "fields"), ("HTTP/1.1 101 a\r\nb : c\r\n\r\n", "fields"),
        ("HTTP/1.1 101 a\r\nb: \u{1}\r\n\r\n", "fields"), ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "status(200)"),
        ("HTTP/1.1 302 Found\r\nLocation: x\r\n\r\n", "status(302)"), ("HTTP/1.1 418 I\r\nContent-Length: 0\r\n\r\n", "status(418)"),
        ("HTTP/1.1 400 a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "framing"),
        ("HTTP/1.1 400 a\r\nContent-Length: -1\r\n\r\n", "framing"), ("HTTP/1.1 400 a\r\nTransfer-Encoding: chunked\r\n\r\n", "framing"),
    ]) func whatIsNoResponseIsGarbled(text: String, fault: String) throws {
        let rig = try PassRig()
        let client = rig.ask()
        let home = try rig.accept()
        home.send(text)
        #expect(client.text().hasPrefix("HTTP/1.1 502 ") && rig.seen.outcomes == ["garbled \(fault)"] && !home.isOpen)
    }

    @Test(arguments: [true, false]) func aHeadHasItsBound(withInterim: Bool) throws {
        for excess in 0...1 {
            let rig = try PassRig()
            let client = rig.ask()
            let home = try rig.accept()
            let interim = withInterim ? "HTTP/1.1 102 Processing\r\nX: \(String(repeating: "i", count: 3_000))\r\n\r\n" : ""
            let frame = "HTTP/1.1 101 x\r\n" + (0..<4).map { "F\($0): \r\n" }.joined() + "\r\n"
            let fill = 16 * 1024 + excess - interim.utf8.count - frame.utf8.count
            let values = (0..<4).map { String(repeating: "v", count: fill / 4 + ($0 < fill % 4 ? 1 : 0)) }
            let head = "HTTP/1.1 101 x\r\n" + values.enumerated().map { "F\($0.offset): \($0.element)\r\n" }.joined() + "\r\n"
            for chunk in Array((interim + head).utf8).chunked(1_000) { home.receive(ByteBuffer(bytes: chunk)) }
            #expect(rig.seen.outcomes == [excess == 0 ? "connected" : "garbled headTooLong"])
            #expect(client.text().hasPrefix(excess == 0 ? "HTTP/1.1 101 x\r\nF0: v" : "HTTP/1.1 502 "))
        }
    }

    @Test func aHeadWithoutAnEndIsNotWaitedFor() throws {
        let rig = try PassRig()
        _ = rig.ask()
        let home = try rig.accept()
        for _ in 0..<20 { home.receive(ByteBuffer(string: "HTTP/1.1 100 Continue\r\nX: \(String(repeating: "y", count: 1_000))\r\n\r\n")) }
        #expect(rig.seen.outcomes == ["garbled headTooLong"] && !home.isOpen)
    }

    // MARK: - Others decide

    @Test func whoPassesItMayDecideOtherwise() throws {
        let rig = try PassRig()
        rig.seen.choice = .respond(.json(.text("{\"mine\":1}")))
        let client = rig.ask()
        try #require(rig.seen.attempts.first).refuse()
        rig.run()
        #expect(client.text().hasSuffix("{\"mine\":1}"))
    }

    enum Stage: CaseIterable { case connecting, connected, headBegun, bodyBegun }

    @Test(arguments: Stage.allCases, [MemoryStream.End.reset, .fin]) func theClientMayLeaveAtAnyStage(stage: Stage, end: MemoryStream.End)
        throws
    {
        let rig = try PassRig()
        let client = rig.ask()
        var home: MemoryStream?
        if stage != .connecting { home = try rig.accept() }
        if stage == .headBegun { home?.send("HTTP/1.1 101 Swi") }
        if stage == .bodyBegun { home?.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n1") }
        client.end(end)
        if end == .fin {
            // It might wait.
            #expect(rig.seen.outcomes == [] && client.text() == "HTTP/1.1 100 Continue\r\n\r\n")
            client.end(.reset)
        }
        #expect(rig.seen.outcomes == ["client left"] && home?.isOpen != true && rig.isEmpty)
        if stage == .connecting {
            #expect(try !#require(rig.seen.attempts.first).isPending)
            // Too late.
            let late = try rig.accept()
            #expect(!late.isOpen)
        }
        #expect(rig.seen.over.isEmpty)
    }

    /// Nobody could tell a home of that end in time.
    @Test func whoHasEndedItsDirectionGetsNoUpgrade() throws {
        let rig = try PassRig()
        let client = rig.ask()
        client.end(.fin)
        let home = try rig.accept()
        home.send(PassRig.granted)
        #expect(!client.isOpen && !home.isOpen && rig.isEmpty)
        #expect(rig.seen.outcomes == ["connected"] && rig.seen.endings == ["aborted"])
    }

    @Test func aNodeThatIsAboutToEndWaitsForNoHome() throws {
        for isConnected in [false, true] {
            let rig = try PassRig()
            let client = rig.ask()
            let home = isConnected ? try rig.accept() : nil
            rig.connections.drain()
            let output = client.text()
            #expect(output.hasPrefix("HTTP/1.1 503 ") && output.contains("shutting down") && rig.seen.outcomes == ["draining"])
            #expect(home?.isOpen != true)
        }
    }
}

extension Array {
    func chunked(_ size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: size).map { self[$0..<Swift.min($0 + size, self.count)] }
    }
}
