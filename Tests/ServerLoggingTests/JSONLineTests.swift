import Foundation
import Logging
import Testing

@testable import ServerLogging

@Suite struct JSONLineTests {
    @Test func oneObjectALine() {
        let written = lines(JSONLine()) { logger, _ in
            logger.info("connection ended", metadata: ["room": "3f2a", "code": .stringConvertible(1000), "ok": .stringConvertible(true)])
        }
        let expected =
            #"{"time":"2026-01-31T12:03:04.123Z","level":"info","message":"connection ended","code":1000,"ok":true,"room":"3f2a"}"#
        #expect(written == [expected])
    }

    @Test func numbersAreNumbersAndTheRestIsText() {
        let values: Logger.Metadata = [
            "a": .stringConvertible(Int64.min), "b": .stringConvertible(UInt64.max), "c": .stringConvertible(0.5),
            "d": .stringConvertible(Double.infinity), "e": .stringConvertible(Double.nan), "f": .stringConvertible(Liar()),
            "g": "5", "h": .stringConvertible(1e300), "i": .stringConvertible(Float(0.25)),
        ]
        let written = lines(JSONLine()) { logger, _ in logger.info("m", metadata: values) }
        #expect(
            written.map { $0.drop { $0 != "," }.dropFirst(1) } == [
                #""level":"info","message":"m","a":-9223372036854775808,"b":18446744073709551615,"c":0.5,"d":"inf","e":"nan","f":"}{","g":"5","h":1e+300,"i":0.25}"#[
                    ...]
            ])
    }

    /// A type of someone else's may describe itself as anything.
    private struct Liar: CustomStringConvertible, Sendable { let description = "}{" }

    @Test func nestedValues() {
        let written = lines(JSONLine()) { logger, _ in
            logger.info("m", metadata: ["a": ["x", .stringConvertible(1)], "d": ["time": "v", "l": [[:]]], "e": []])
        }
        #expect(written.map { $0.suffix(58) } == [#""message":"m","a":["x",1],"d":{"l":[{}],"time":"v"},"e":[]}"#.suffix(58)])
    }

    @Test func aFieldCannotTakeTheNameOfAnother() throws {
        let written = lines(JSONLine()) { logger, _ in
            logger.info("m", metadata: ["time": "t", "level": "l", "message": "x", "field_time": "f"])
        }
        #expect(
            written == [
                #"{"time":"2026-01-31T12:03:04.123Z","level":"info","message":"m","field_time":"f","field_level":"l","field_message":"x","field_field_time":"t"}"#
            ])
    }

    @Test func everyScalarSurvivesAReader() throws {
        // One of each kind, and all that need escaping.
        let low = String(String.UnicodeScalarView((0...0x9f).compactMap { Unicode.Scalar($0) }))
        let text = low + "\u{2028}\u{2029}\u{202e}é漢😀\u{fffe}\u{10ffff}"
        let invalid = String(decoding: [0x61, 0xff, 0xed, 0xa0, 0x80, 0xc0, 0x62] as [UInt8], as: UTF8.self)
        let written = lines(JSONLine()) { logger, _ in
            logger.info("\(text)", metadata: [text: "\(text)", "invalid": "\(invalid)"])
        }
        let hidden = written.joined().unicodeScalars.filter { scalar in
            scalar < " " || ("\u{7f}"..."\u{9f}").contains(scalar) || ("\u{2028}"..."\u{202e}").contains(scalar)
        }
        #expect(hidden.isEmpty)
        let object = try self.object(written)
        #expect(object["message"] == text)
        #expect(object[text] == text)
        #expect(object["invalid"] == invalid)
    }

    /// The fields of the only line, as a JSON reader of someone else's finds them.
    private func object(_ written: [String]) throws -> [String: String] {
        #expect(written.count == 1)
        return try #require(try JSONSerialization.jsonObject(with: Data(written.joined().utf8)) as? [String: String])
    }

    @Test func aLongTextIsCut() throws {
        let written = lines(JSONLine()) { logger, _ in
            let (long, wide) = (String(repeating: "x", count: 1_000_000), String(repeating: "é", count: 5000))
            logger.info("m", metadata: ["long": .string(long), "wide": .string(wide)])
        }
        let object = try self.object(written)
        #expect(object["long"] == String(repeating: "x", count: 8192) + "…")
        #expect(object["wide"] == String(repeating: "é", count: 4096) + "…")
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400, "2000-02-29T00:00:00.000Z"), (4_102_444_799, "2099-12-31T23:59:59.000Z"),
    ]) func datesAreUTC(_ seconds: Int, _ text: String) {
        let written = lines(JSONLine()) { logger, clock in
            clock.set(WallTime(seconds: seconds, milliseconds: 0))
            logger.info("m")
        }
        #expect(written == [#"{"time":"\#(text)","level":"info","message":"m"}"#])
    }
}
