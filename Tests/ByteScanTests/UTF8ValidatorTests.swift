import ByteScan
import SignalingTestKit
import SignalingWire
import Testing

func isUTF8(_ bytes: [UInt8]) -> Bool {
    var validator = UTF8Validator()
    return validator.consume(bytes.span) && validator.isAtBoundary
}

/// Byte values at which some rule of UTF-8 begins or ends, and their neighbours.
private let corners: [UInt8] = [
    0x00, 0x41, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1,
    0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFE, 0xFF,
]

@Suite struct UTF8ValidatorTests {
    /// The standard library's own validation is the yardstick.
    private func compare(_ bytes: [UInt8]) -> Bool { isUTF8(bytes) == (String(validating: bytes, as: UTF8.self) != nil) }

    @Test func agreesWithTheStandardLibraryOnShortSequences() {
        for first in UInt8.min...UInt8.max {
            #expect(self.compare([first]))
            let seconds = first < 0xC0 ? corners : Array(UInt8.min...UInt8.max)
            for second in seconds where !self.compare([first, second]) { Issue.record("\([first, second])") }
        }
        for first in 0xC0...UInt8.max {
            for second in corners {
                for third in corners where !self.compare([first, second, third]) { Issue.record("\([first, second, third])") }
            }
        }
        for first in 0xEF...(0xF5 as UInt8) {
            for second in corners {
                for third in [0x7F, 0x80, 0xBF, 0xC0] as [UInt8] {
                    for fourth in [0x7F, 0x80, 0xBF, 0xC0] as [UInt8] where !self.compare([first, second, third, fourth]) {
                        Issue.record("\([first, second, third, fourth])")
                    }
                }
            }
        }
    }

    /// Good and damaged text, padded so that the bytes in question lie anywhere in the eight-byte steps, and cut at every place.
    @Test func answersTheSameHoweverTheBytesAreCut() {
        var random = SplitMix64(seed: 11)
        let words = ["plain ascii text", "é", "漢字", "😀", "\u{10FFFF}", "\u{7FF}\u{800}\u{FFFF}\u{10000}", "\0"]
        var valid = 0
        for _ in 0..<150 {
            var bytes = (0..<4).flatMap { _ in Array((words.randomElement(using: &random) ?? "").utf8) }
            if Bool.random(using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = corners.randomElement(using: &random) ?? 0
            }
            let expected = String(validating: bytes, as: UTF8.self) != nil
            if expected { valid += 1 }
            for cut in 0...bytes.count {
                var validator = UTF8Validator()
                let head = bytes[..<cut]
                let tail = bytes[cut...]
                let isAccepted = validator.consume(head.span) && validator.consume(tail.span) && validator.isAtBoundary
                guard isAccepted == expected else {
                    Issue.record("\(bytes) cut at \(cut)")
                    return
                }
            }
        }
        #expect(valid > 40 && valid < 140)
    }

    @Test func aBadByteIsNoticedAtOnce() {
        for (good, bad) in [([0xE2, 0x82], 0x41), ([0xF0], 0x8F), ([0xED], 0xA0), ([], 0xFF), ([0xF4], 0x90)] as [([UInt8], UInt8)] {
            var validator = UTF8Validator()
            let isBegun = validator.consume(good.span)
            let isAtBoundary = validator.isAtBoundary
            let isContinued = validator.consume([bad].span)
            #expect(isBegun && isAtBoundary == good.isEmpty && !isContinued)
        }
    }

    @Test func startsWhereItIsTold() {
        var validator = UTF8Validator()
        let skipped: [UInt8] = [0xFF, 0xFF] + Array("good".utf8)
        let isGood = validator.consume(skipped.span, from: 2)
        let bad: [UInt8] = [0x41, 0xFF]
        let isBad = !validator.consume(bad.span, from: 1)
        #expect(isGood && isBad)
    }
}
