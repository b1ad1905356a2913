import NIOCore
import RESPCore
import SignalingTestKit
import Testing

@Suite struct RESPParserTests {
    @Test(
        arguments: [
            ("+OK\r\n", .simple("OK")), ("+\r\n", .simple("")), ("-ERR no such key\r\n", .error(RESPError("ERR no such key"))),
            (":0\r\n", .integer(0)), (":-9223372036854775808\r\n", .integer(.min)), (":+5\r\n", .integer(5)),
            (":9223372036854775807\r\n", .integer(.max)),
            ("$0\r\n\r\n", .bulk("")), ("$4\r\na\r\nb\r\n", .bulk("a\r\nb")), ("$-1\r\n", .null), ("*-1\r\n", .null), ("_\r\n", .null),
            ("#t\r\n", .boolean(true)), ("#f\r\n", .boolean(false)), (",1.5\r\n", .double(1.5)), (",10\r\n", .double(10)),
            (",-1e-3\r\n", .double(-0.001)), (",inf\r\n", .double(.infinity)), (",-inf\r\n", .double(-.infinity)),
            ("(3492890328409238509324850943850943825024385\r\n", .bigNumber("3492890328409238509324850943850943825024385")),
            ("!8\r\nERR a\r\nb\r\n", .error(RESPError("ERR a\r\nb"))),
            ("=7\r\ntxt:abc\r\n", .verbatim(format: "txt", ByteBuffer(string: "abc"))),
            ("=4\r\nmkd:\r\n", .verbatim(format: "mkd", ByteBuffer())), ("*0\r\n", .array([])),
            (
                "*2\r\n:1\r\n*1\r\n$1\r\na\r\n",
                .array([.integer(1), .array([.bulk("a")])])
            ), ("%1\r\n+a\r\n:1\r\n", .map([RESPEntry(.simple("a"), .integer(1))])),
            ("%0\r\n", .map([])), ("~2\r\n:1\r\n_\r\n", .set([.integer(1), .null])),
            (
                ">2\r\n+message\r\n:1\r\n",
                .push([.simple("message"), .integer(1)])
            ), ("|1\r\n+ttl\r\n:3600\r\n:7\r\n", .integer(7)), ("|0\r\n+a\r\n", .simple("a")),
            ("*2\r\n|1\r\n+a\r\n*1\r\n:9\r\n:1\r\n:2\r\n", .array([.integer(1), .integer(2)])),
        ] as [(String, RESPValue)])
    func aReplyIsReadAsWhatItIs(text: String, value: RESPValue) { #expect(Reading(text) == .of(value)) }

    @Test func noNumberIsRead() throws {
        for text in [",nan\r\n", ",-nan\r\n"] {
            guard case .double(let number)? = Reading(text).values.first else {
                Issue.record("\(text) is no double")
                continue
            }
            #expect(number.isNaN)
        }
    }

    @Test(
        arguments: [
            ("HTTP/1.1 400 Bad Request\r\n", .unknownType), ("\r\n", .unknownType), ("+a\n", .malformedLine), ("+\n", .malformedLine),
            ("+a\rb\r\n", .malformedLine), ("-a\rb\r\n", .malformedLine), (":\r\n", .malformedNumber), (":1a\r\n", .malformedNumber),
            (":-\r\n", .malformedNumber), (":9223372036854775808\r\n", .malformedNumber), (":-9223372036854775809\r\n", .malformedNumber),
            (": 1\r\n", .malformedNumber), (",\r\n", .malformedNumber), (",0x1p3\r\n", .malformedNumber), (",1e\r\n", .malformedNumber),
            (",infinity\r\n", .malformedNumber), (",.\r\n", .malformedNumber), ("(\r\n", .malformedNumber), ("(1.5\r\n", .malformedNumber),
            ("#\r\n", .malformedValue), ("#x\r\n", .malformedValue), ("#tt\r\n", .malformedValue), ("_a\r\n", .malformedValue),
            ("$\r\n", .malformedLength), ("$-2\r\n", .malformedLength), ("$+1\r\n", .malformedLength), ("$-0\r\n", .malformedLength),
            ("$?\r\n", .malformedLength), ("*?\r\n", .malformedLength), ("%-1\r\n", .malformedLength), ("~-1\r\n", .malformedLength),
            (">-1\r\n", .malformedLength), ("!-1\r\n", .malformedLength), ("=-1\r\n", .malformedLength), ("|-1\r\n", .malformedLength),
            ("$99999999999999999999\r\n", .malformedLength), ("$1\r\nab\r\n", .missingLineEnd), ("$1\r\na\n\r\n", .missingLineEnd),
            ("=3\r\ntxt\r\n", .malformedValue), ("=4\r\ntxta\r\n", .malformedValue), ("*1\r\n>1\r\n:1\r\n", .misplacedPush),
            ("$16777217\r\n", .bulkTooLong), ("!16777217\r\n", .bulkTooLong), ("*1048577\r\n", .tooManyElements),
            ("%524289\r\n", .tooManyElements), ("*9223372036854775807\r\n", .tooManyElements), ("*2\r\n*1048575\r\n", .tooManyElements),
        ] as [(String, RESPViolation)])
    func whatIsNoReplyIsRefusedHoweverItIsCut(text: String, violation: RESPViolation) {
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            let reading = Reading([bytes[..<cut], bytes[cut...]])
            #expect(reading.violation == violation && reading.values.isEmpty, "cut at \(cut)")
        }
    }

    @Test func nothingIsReadBehindAViolation() throws {
        var parser = RESPParser()
        parser.feed(ByteBuffer(string: "+a\r\n?\r\n+b\r\n"))
        #expect(try parser.next() == .simple("a"))
        #expect(throws: RESPViolation.unknownType) { try parser.next() }
        parser.feed(ByteBuffer(string: "+c\r\n"))
        #expect(throws: RESPViolation.unknownType) { try parser.next() }
        #expect(parser.unreadBytes == 0)
    }

    // MARK: - Cuts

    private static func corpus(seed: UInt64, count: Int) -> [RESPValue] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { index in
            let value = RESPValue.random(depth: 4, using: &random)
            return index % 9 == 8 ? .push([.bulk("invalidate"), value]) : value
        }
    }

    @Test func cutAtEveryByte() {
        let values = Self.corpus(seed: 1, count: 20)
        let bytes = values.flatMap(\.encoded)
        for cut in 0...bytes.count { #expect(Reading([bytes[..<cut], bytes[cut...]]).values == values, "cut at \(cut)") }
    }

    @Test func byteByByte() {
        let values = Self.corpus(seed: 2, count: 200)
        let reading = Reading(values.flatMap(\.encoded).map { CollectionOfOne($0) })
        #expect(reading.values == values)
        #expect(reading.violation == nil)
    }

    /// Whatever is written is read again, however the network cuts it.
    @Test(arguments: 0..<40 as Range<UInt64>) func roundTrip(seed: UInt64) {
        let values = Self.corpus(seed: seed, count: 100)
        var random = SplitMix64(seed: seed)
        var rest = values.flatMap(\.encoded)[...]
        var parts: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            parts.append(rest.prefix(Int.random(in: 1...200, using: &random)))
            rest = rest.dropFirst(parts.last?.count ?? 0)
        }
        #expect(Reading(parts).values == values)
    }

    /// A crash or a value that was not sent would be found here; so would something that goes on for ever.
    @Test func noiseDoesNoHarm() {
        var random = SplitMix64(seed: 4)
        let bytes = Self.corpus(seed: 5, count: 30).flatMap(\.encoded)
        var violations: Set<RESPViolation> = []
        for _ in 0..<500 {
            var noisy = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                noisy[Int.random(in: noisy.indices, using: &random)] = random.bytes(1)[0]
            }
            let cut = Int.random(in: 0...noisy.count, using: &random)
            let reading = Reading([noisy[...]])
            #expect(Reading([noisy[..<cut], noisy[cut...]]) == reading || reading.values.contains { "\($0)".contains("nan") })
            if let violation = reading.violation { violations.insert(violation) }
        }
        #expect(violations.count > 5)
    }
}
