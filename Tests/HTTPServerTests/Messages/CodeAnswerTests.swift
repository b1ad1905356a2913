import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingWire
import Testing

@testable import HTTPServer

@Suite struct CodeAnswerTests {
    private static let room = RoomID(high: 0x6f1f_0a52_7a3c_4a51, low: 0x9d0c_2f0e_8f1b_9c34)
    private static let expiresAt = UTCTime(unixSeconds: 1_769_860_800)

    private func text(_ answer: Answer, _ fields: [(String, String)] = [], cors: CORSPolicy, keepsAlive: Bool = true) throws -> String {
        var buffer = ByteBuffer()
        let head = try RequestHead.read("POST", "/rendezvous/code", fields)
        let surroundings = AnswerSurroundings(unixSeconds: 0, omitsBody: false, keepsAlive: keepsAlive)
        buffer.write(answer, to: head, surroundings, cors, dates: DateLine())
        return String(buffer: buffer)
    }

    @Test(arguments: [4, 5, 6, 7, 8])
    func aCodesAnswerIsAsLongAsItSays(digits: Int) throws {
        let code = try #require(Code(value: 42, digits: digits))
        let body = #"{"code":"\#(code.text)","appID":"\#(Self.room.text)","expiresAt":"2026-01-31T12:00:00Z"}"#
        let text = try self.text(.minted(code, Self.room, expiresAt: Self.expiresAt), cors: CORSPolicy(dev: true, allowed: []))
        #expect(
            text
                == "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\nCache-Control: no-store\r\n\r\n\(body)")
    }

    @Test func aRoomsAnswerIsAsLongAsItSays() throws {
        let body = #"{"appID":"6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34","expiresAt":"2026-01-31T12:00:00Z"}"#
        let answer = Answer.redeemed(Self.room, expiresAt: Self.expiresAt)
        let text = try self.text(answer, cors: CORSPolicy(dev: true, allowed: []), keepsAlive: false)
        #expect(text.contains("\r\nContent-Length: \(body.utf8.count)\r\n"))
        #expect(text.hasSuffix("\r\nConnection: close\r\n\r\n\(body)"))
    }

    @Test func aPageIsToldWhatItMayRead() throws {
        let answer = Answer.redeemed(Self.room, expiresAt: Self.expiresAt)
        let open = CORSPolicy(dev: true, allowed: [])
        let listed = CORSPolicy(dev: false, allowed: ["pages.example"])
        let origin = [("Origin", "https://Pages.example")]
        #expect(try self.text(answer, origin, cors: open).contains("\r\nAccess-Control-Allow-Origin: *\r\n"))
        #expect(try self.text(answer, origin, cors: listed).contains("\r\nAccess-Control-Allow-Origin: https://Pages.example\r\n"))
        #expect(try self.text(answer, [("Origin", "https://x.example")], cors: listed).contains("no-store\r\nVary: Origin\r\n\r\n"))
        for cors in [open, listed] { #expect(try !self.text(answer, cors: cors).contains("Access-Control")) }
    }

    @Test func numbersAreWrittenInDecimal() {
        for number in [0, 1, 9, 10, 99, 100, 431, 1000, 65_535, .max] {
            var buffer = ByteBuffer()
            buffer.writeNumber(number)
            #expect(String(buffer: buffer) == "\(number)")
        }
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
}
