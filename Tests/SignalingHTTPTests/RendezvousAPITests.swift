import ByteStreams
import HTTPServer
import MetricsCore
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// What each decision of `Rendezvous` becomes on the wire, and how requests are read.
@Suite struct RendezvousAPITests {
    // MARK: - Codes and rooms

    @Test(arguments: [4, 5, 6, 7, 8])
    func aMintedCodeIsWrittenWhole(digits: Int) throws {
        let rig = APIRig { $0.codes = .init(digits: digits, digitsMax: digits, ttl: .minutes(10)) }
        let text = rig.text(HTTPAsk("POST", "/rendezvous/code"))
        var sent = ByteBuffer(string: text)
        let reply = try #require(try HTTPReply.read(from: &sent))
        let (code, room) = (try #require(reply.text("code")), try #require(reply.text("appID")))
        #expect(code.utf8.count == digits && code.utf8.allSatisfy { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") })
        #expect(RoomID(room.utf8)?.text == room)
        let token = try #require(reply.text("token"))
        let body = #"{"code":"\#(code)","appID":"\#(room)","expiresAt":"2026-01-31T12:10:00Z","token":"\#(token)","expiresInMs":600000}"#
        #expect(
            text
                == "HTTP/1.1 200 OK\r\nDate: Sat, 31 Jan 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\nCache-Control: no-store\r\n\r\n\(body)")
        #expect(rig.count("/rendezvous/code", .ok) == 1)
    }

    @Test func aRoomIsWrittenWhole() throws {
        let rig = APIRig()
        let minted = try rig.mint()
        rig.advance(by: .seconds(60))
        let code = try #require(minted.text("code"))
        let ask = HTTPAsk(
            "POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json"), ("Connection", "close")],
            body: #"{"code":"\#(code)"}"#)
        // The calendar of these tests stands still, so that the end of the code's life comes nearer.
        let appID = try #require(minted.text("appID"))
        let token = SideTokens(key: Array(0..<32)).token(try #require(RoomID(appID.utf8)), .b).text
        let body = #"{"appID":"\#(appID)","expiresAt":"2026-01-31T12:09:00Z","token":"\#(token)","expiresInMs":540000}"#
        #expect(
            rig.text(ask)
                == "HTTP/1.1 200 OK\r\nDate: Sat, 31 Jan 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n\(body)")
        #expect(rig.count("/rendezvous/redeem", .ok) == 1)
    }

    @Test func codesAndRoomsAreTheSameAsBytes() throws {
        for value: UInt64 in [0, 9, 10, 0x9a, 0x0123_4567_89ab_cdef, .max, 0xf0e1_d2c3_b4a5_9687] {
            var buffer = ByteBuffer()
            let room = RoomID(high: value, low: ~value)
            room.write(into: &buffer)
            #expect(String(buffer: buffer) == room.text)
        }
        for (value, digits): (UInt32, Int) in [(0, 4), (42, 4), (9999, 4), (10_000, 5), (99_999_999, 8), (1, 8)] {
            var buffer = ByteBuffer()
            let code = try #require(Code(value: value, digits: digits))
            code.write(into: &buffer)
            #expect(String(buffer: buffer) == code.text)
        }
    }

    // MARK: - Minting

    @Test(
        arguments: [
            (nil, "12:10:00"), ("", "12:10:00"), (" \r\n", "12:10:00"), ("{}", "12:10:00"), (#"{"other":[1]}"#, "12:10:00"),
            (#"{"ttl":1}"#, "12:00:01"), (#"{"ttl":1.5}"#, "12:00:01"), (#"{"ttl":9e1}"#, "12:01:30"), (#"{"ttl":601}"#, "12:10:00"),
            (#"{"ttl":1e300}"#, "12:10:00"), (#"{"ttl":1,"ttl":2}"#, "12:00:02"), (#"{"ttl":1e-300}"#, "12:00:00"),
        ] as [(String?, String)])
    func aLifeIsRead(body: String?, time: String) throws {
        #expect(try APIRig().mint(body).text("expiresAt") == "2026-01-31T\(time)Z")
    }

    @Test(arguments: [
        #"{"ttl":0}"#, #"{"ttl":-1}"#, #"{"ttl":-1e300}"#, #"{"ttl":"60"}"#, #"{"ttl":null}"#, #"{"ttl":true}"#, #"{"ttl":[60]}"#,
        #"{"ttl":1e-400}"#,
    ])
    func aLifeThatIsNoneIsRefused(body: String) throws {
        let rig = APIRig()
        #expect(try rig.mint(body).isProblem(400, "ttl must be a number of seconds above 0"))
        #expect(rig.signaling.metrics.counts.codesMinted == 0 && rig.count("/rendezvous/code", .badRequest) == 1)
    }

    @Test(arguments: [#"{"ttl":}"#, "[]", "60", "{", "ttl=60", "{\"ttl\":\u{1}}", "\u{0}", "\u{b}"])
    func aBodyThatIsNoObjectIsRefused(body: String) throws {
        #expect(try APIRig().mint(body).isProblem(400, #"the body must be absent or a JSON object such as {\"ttl\":600}"#))
    }

    @Test func aBodyThatIsNoUTF8IsRefused() throws {
        let stream = APIRig().connect()
        var bytes = ByteBuffer(string: "POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{\"a\":\"")
        bytes.writeBytes([0xC3, 0x28])
        bytes.writeString("\"}")
        stream.receive(bytes)
        #expect(String(buffer: stream.takeSent()).hasPrefix("HTTP/1.1 400 "))
    }

    @Test func withoutAFreeCodeTheClientIsToldWhenToComeBack() throws {
        let rig = APIRig { $0.codes = .init(digits: 4, digitsMax: 4, ttl: .milliseconds(89_100)) }
        for number in 0..<10_000 { _ = rig.signaling.codes.mint(ttl: nil, client: .v4(UInt32(number)), rig.signaling.loop(rig.context)) }
        let reply = try rig.mint()
        #expect(reply.isProblem(503, "no code is free; try again later"))
        // Rounded up: whoever comes then finds one.
        #expect(reply["Retry-After"] == "90")
        #expect(rig.count("/rendezvous/code", .serviceUnavailable) == 1 && rig.signaling.metrics.counts.codesExhausted == 1)
    }

    // MARK: - Redeeming

    @Test func aCodeThatIsGoneIsGoneWhateverTheCause() throws {
        let rig = APIRig()
        let code = try #require(try rig.mint().text("code"))
        #expect(try rig.redeem(code).status == 200)
        let used = try rig.redeem(code)
        #expect(used.isProblem(410, "the code was used, has expired or never was; ask for a new one"))
        let short = try #require(try rig.mint(#"{"ttl":1}"#).text("code"))
        rig.advance(by: .seconds(1))
        for other in [short, "12345"] { #expect(try rig.redeem(other).body == used.body) }
        #expect(rig.count("/rendezvous/redeem", .gone) == 3)
    }

    @Test(arguments: ["", "123", "123456789", "12a4", "１２３４", " 1234", "-123"])
    func whatIsNoCodeIsRefused(code: String) throws {
        let reply = try APIRig().redeem(code)
        #expect(reply.isProblem(400, #"send {\"code\":\"…\"} with 4 to 8 digits"#))
    }

    @Test(arguments: ["", "{}", "[]", "1234", #"{"code":1234}"#, #"{"Code":"1234"}"#, #"{"code":null}"#, #"{"code":"1234""#])
    func aBodyWithoutACodeIsRefused(body: String) throws {
        let headers = [("Content-Type", "application/json")]
        let reply = try APIRig().send(HTTPAsk("POST", "/rendezvous/redeem", headers: headers, body: body))
        #expect(reply.isProblem(400, #"send {\"code\":\"…\"} with 4 to 8 digits"#))
    }

    @Test(arguments: [nil, "text/plain", "application/jsonx", "application/json, x", "", "; application/json"] as [String?])
    func aCodeIsSentAsJSON(type: String?) throws {
        #expect(try APIRig().redeem("1234", type: type).isProblem(415, "send the code as application/json"))
    }

    @Test(arguments: [
        "application/json", "application/json; charset=utf-8", "Application/JSON", "application/json ;x=y", " application/json\t",
    ])
    func jsonIsNamedAsJSON(type: String) throws { #expect(try APIRig().redeem("1234", type: type).status == 410) }

    // MARK: - Refusals, and which comes first

    @Test func aServerThatIsAboutToEndMintsAndRedeemsNothing() throws {
        let rig = APIRig { $0.limits.httpPerMinute = 1 }
        rig.signaling.phase.value = .draining
        // Also to whoever is wrong or comes too often: it is the other server that will say so.
        for reply in try [rig.mint(), rig.mint("["), rig.redeem("1"), rig.redeem("1234", type: nil)] {
            #expect(reply.isProblem(503, "the server is shutting down; try again") && reply["Retry-After"] == "1")
            #expect(reply["Connection"] == "close")
        }
        #expect(rig.signaling.limits.keyCount == 0)
    }

    @Test func whoComesTooOftenIsToldSoWhateverIsSent() throws {
        let rig = APIRig { $0.limits.httpPerMinute = 2 }
        #expect(try rig.mint().status == 200)
        // What is malformed counts as well.
        #expect(try rig.mint("[").status == 400)
        rig.clock.advance(by: .milliseconds(500))
        for reply in try [rig.mint(), rig.mint("["), rig.redeem("1234"), rig.redeem("1"), rig.redeem("1234", type: nil)] {
            #expect(reply.isProblem(429, "too many requests from your address; wait before the next"))
            #expect(reply["Retry-After"] == "60")
        }
        #expect(rig.count("/rendezvous/code", .tooManyRequests) == 2 && rig.count("/rendezvous/redeem", .tooManyRequests) == 3)
        #expect(rig.signaling.metrics.counts.rateLimited[.http] == 5)
        #expect(try rig.send(HTTPAsk("POST", "/rendezvous/code"), from: .v4(0xC000_0301)).status == 200)
    }

    @Test func whoGuessesTooOftenIsToldSoUnlessItIsNoJSON() throws {
        let rig = APIRig { $0.limits.redeemFailuresPerMinute = 1 }
        #expect(try rig.redeem("1234").status == 410)
        #expect(try rig.redeem("1234", type: "text/plain").status == 415)
        #expect(try rig.redeem("1").status == 400)
        let reply = try rig.redeem("1234")
        #expect(reply.isProblem(429, "too many wrong codes from your address; wait before the next") && reply["Retry-After"] == "60")
        #expect(rig.signaling.metrics.counts.codesRedeemed[.limited] == 1)
        #expect(try rig.mint().status == 200)
    }

    // MARK: - Waiting, and asking again

    @Test func whoGuessesTooOftenWaitsForItsResponse() throws {
        let rig = APIRig { $0.limits.redeemFailuresPerMinute = 6 }
        let code = try #require(try rig.mint().text("code"))
        let wrong = code == "1234" ? "4321" : "1234"
        for _ in 0..<6 { #expect(try rig.redeem(wrong).status == 410) }
        let stream = rig.connect()
        stream.receive(ByteBuffer(string: Self.ask(#"{"code":"\#(code)"}"#) + HTTPAsk("GET", "/healthz").text))
        let leaver = rig.connect()
        leaver.receive(ByteBuffer(string: Self.ask(#"{"code":"\#(code)"}"#)))
        #expect(rig.signaling.limits.redeemFailures.waiting == 2)
        leaver.end(.reset)
        #expect(rig.signaling.limits.redeemFailures.waiting == 1)
        rig.advance(by: .milliseconds(9_900))
        #expect(stream.takeSent().readableBytes == 0)
        rig.advance(by: .milliseconds(200))
        var sent = stream.takeSent()
        #expect(try HTTPReply.read(from: &sent)?.text("appID") != nil)
        #expect(try HTTPReply.read(from: &sent)?.body == #"{"ok":true}"#)
        #expect(rig.signaling.metrics.counts.redeemWaits[.looked] == 1 && rig.signaling.metrics.counts.redeemWaits[.left] == 1)
        #expect(rig.signaling.limits.redeemFailures.waiting == 0)
    }

    @Test func whoeverWaitsAtTheServersEndIsToldSo() throws {
        let rig = APIRig { $0.limits.redeemFailuresPerMinute = 6 }
        for _ in 0..<6 { #expect(try rig.redeem("1234").status == 410) }
        let stream = rig.connect()
        stream.receive(ByteBuffer(string: Self.ask(#"{"code":"1234"}"#)))
        rig.signaling.phase.value = .draining
        rig.context.connections.drain()
        var sent = stream.takeSent()
        let reply = try #require(try HTTPReply.read(from: &sent))
        #expect(reply.isProblem(503, "the server is shutting down; try again") && reply["Connection"] == "close")
        #expect(rig.signaling.limits.redeemFailures.waiting == 0 && rig.signaling.metrics.counts.redeemWaits[.draining] == 1)
        rig.advance(by: .seconds(30))
        #expect(rig.context.timers.count == 0)
    }

    @Test func theSameResponseComesAgainUnderTheSameName() throws {
        let rig = APIRig()
        let code = try #require(try rig.mint().text("code"))
        let body = #"{"id":"6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34","code":"\#(code)"}"#
        let first = rig.text(HTTPAsk("POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json")], body: body))
        rig.advance(by: .milliseconds(29_900))
        let again = rig.text(HTTPAsk("POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json")], body: body))
        #expect(first == again && first.contains("200 OK"))
        #expect(try rig.redeem(code).status == 410)
        rig.advance(by: .milliseconds(100))
        let late = rig.text(HTTPAsk("POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json")], body: body))
        #expect(late.contains("410 Gone"))
    }

    @Test(arguments: [
        #""0123456789abcde""#, #""0123456789abcde!""#, #""0123456789abcdé""#, "1234567890123456", "null", "{}",
        "\"\(String(repeating: "a", count: 65))\"",
    ])
    func aNameThatIsNoneIsRefused(id: String) throws {
        let rig = APIRig()
        let code = try #require(try rig.mint().text("code"))
        let ask = HTTPAsk(
            "POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json")], body: #"{"code":"\#(code)","id":\#(id)}"#)
        let reply = try rig.send(ask)
        #expect(reply.isProblem(400, "id must be a string of 16 to 64 letters, digits, - and _, drawn at random"))
        #expect(try rig.redeem(code).status == 200)
    }

    private static func ask(_ body: String) -> String {
        HTTPAsk("POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json")], body: body).text
    }
}
