import NIOCore
import RESPCore
import SignalingTestKit
import Testing

@Suite struct RESPParserBoundTests {
    @Test func depth() {
        func nested(_ depth: Int, _ opening: String) -> String { String(repeating: opening, count: depth) + ":1\r\n" }
        #expect(Reading(nested(8, "*1\r\n")).values.count == 1)
        #expect(Reading(nested(9, "*1\r\n")).violation == .tooDeep)
        #expect(Reading(nested(9, "~1\r\n")).violation == .tooDeep)
        #expect(Reading(String(repeating: "*1\r\n", count: 8) + "*0\r\n").violation == .tooDeep)
        // The outer ones are whole before.
        #expect(Reading(nested(8, "*1\r\n") + nested(8, "*1\r\n")).values.count == 2)
    }

    @Test func elements() {
        let most = RESPParser.mostElements
        #expect(Reading("*\(most)\r\n").violation == nil)
        #expect(Reading("%\(most / 2)\r\n").violation == nil)
        // Together, however they are divided.
        #expect(Reading("*2\r\n*1\r\n*\(most - 3)\r\n").violation == nil)
        #expect(Reading("*2\r\n*1\r\n*\(most - 2)\r\n").violation == .tooManyElements)
        // What is told beside a value counts too, even where it says nothing.
        #expect(Reading("*\(most)\r\n|0\r\n").violation == .tooManyElements)
        // Of each reply anew.
        #expect(Reading("*1\r\n:1\r\n*\(most)\r\n").violation == nil)
    }

    @Test func lines() {
        let most = String(repeating: "a", count: RESPParser.mostLine)
        #expect(Reading("+\(most)\r\n").values == [.simple(most)])
        for text in ["+\(most)a\r\n", "+\(most)aa", "+\(most)aaaaaa\n"] { #expect(Reading(text).violation == .lineTooLong) }
        #expect(Reading("+\(most)a").violation == nil)
        // Noticed when it is too long, not when it ends.
        #expect(Reading([Array("+\(most)".utf8), Array("aa".utf8)]).violation == .lineTooLong)
    }

    @Test func strings() {
        let most = [UInt8](repeating: 0x61, count: RESPParser.mostBulk)
        let reading = Reading([Array("$\(most.count)\r\n".utf8), most, Array("\r\n".utf8)])
        #expect(reading.values == [.bulk(ByteBuffer(bytes: most))])
    }

    @Test func aReplyHasABoundOfItsOwn() {
        var parser = RESPParser()
        let mebibyte = ByteBuffer(bytes: "$1048576\r\n".utf8 + [UInt8](repeating: 0x61, count: 1 << 20) + "\r\n".utf8)
        parser.feed(ByteBuffer(string: "*1000\r\n"))
        var fed = 0
        #expect(throws: RESPViolation.replyTooLong) {
            while fed < 100 {
                guard try parser.next() == nil else { break }
                parser.feed(mebibyte)
                fed += 1
            }
        }
        #expect(fed == RESPParser.mostReply >> 20)
    }

    /// A count is what somebody says: it takes no memory before what is counted has come.
    @Test func announcedElementsTakeNoMemory() throws {
        for _ in 0..<10_000 {
            var parser = RESPParser()
            parser.feed(ByteBuffer(string: "*1000000\r\n"))
            #expect(try parser.next() == nil)
        }
    }

    /// A string that comes in small parts is gone through once: with a copy or a search for each part this would take minutes.
    @Test func aLongStringInSmallParts() throws {
        var parser = RESPParser()
        let length = RESPParser.mostBulk
        parser.feed(ByteBuffer(string: "*2\r\n+a\r\n$\(length)\r\n"))
        let part = ByteBuffer(repeating: 0x0A, count: 256)
        let start = ContinuousClock.now
        for _ in 0..<length / 256 {
            #expect(try parser.next() == nil)
            parser.feed(part)
        }
        #expect(ContinuousClock.now - start < .seconds(2 * Patience.seconds))
        #expect(parser.unreadBytes == length)
        parser.feed(ByteBuffer(string: "\r\n"))
        guard case .array(let values)? = try parser.next(), case .bulk(let bytes) = values[1] else {
            Issue.record("no array")
            return
        }
        #expect(bytes.readableBytes == length)
    }

    /// Of many strings, each in a read of its own, none keeps a read buffer.
    @Test func stringsOfALongReplyKeepNoReadBuffers() throws {
        var parser = RESPParser()
        parser.feed(ByteBuffer(string: "*1000\r\n"))
        for _ in 0..<999 {
            #expect(try parser.next() == nil)
            var buffer = ByteBuffer()
            buffer.reserveCapacity(65_536)
            buffer.writeString("$1\r\na\r\n")
            parser.feed(buffer)
        }
        #expect(try parser.next() == nil)
        parser.feed(ByteBuffer(string: "$1\r\na\r\n"))
        guard case .array(let values)? = try parser.next() else {
            Issue.record("no array")
            return
        }
        var kept = 0
        for case .bulk(let bytes) in values { kept += bytes.storageCapacity }
        #expect(kept < 100_000)
    }
}
