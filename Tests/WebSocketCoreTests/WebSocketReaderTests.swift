import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

@Suite struct WebSocketReaderTests {
    private let protocolError = [Seen.violation(.protocolError)]

    // MARK: - Messages

    @Test(arguments: [0, 1, 3, 4, 7, 8, 9, 125, 126, 127, 1000, 65535, 65536, 100_000])
    func readsMessagesOfEveryLengthForm(_ length: Int) {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for mask in [0, 0xFFFF_FFFF, 0x0102_0304, 0x8000_0001] as [UInt32] {
            #expect(ReaderHarness.read([ClientFrame(.binary, payload, mask: mask)]) == [.message(.binary, payload)])
        }
        let text = String(repeating: "x", count: length)
        #expect(ReaderHarness.read([.text(text)]) == [.text(text)])
    }

    @Test func joinsFragmentsAndLetsControlFramesPassBetweenThem() {
        let frames = [
            ClientFrame(.text, Array("Hä".utf8).dropLast(), isFinal: false), ClientFrame(.ping, [1, 2]),
            ClientFrame(.continuation, [], isFinal: false, mask: 0x5566_7788), ClientFrame(.pong, []),
            ClientFrame(.continuation, Array("Hä".utf8.suffix(1)) + Array("llo".utf8), isFinal: false), ClientFrame(.ping),
            ClientFrame(.continuation, []), .text("next"),
        ]
        #expect(ReaderHarness.read(frames) == [.ping([1, 2]), .pong([]), .ping([]), .text("Hällo"), .text("next")])
        let binary = [ClientFrame(.binary, [0xFF], isFinal: false), ClientFrame(.continuation, [0xFE])]
        #expect(ReaderHarness.read(binary) == [.message(.binary, [0xFF, 0xFE])])
        let empty = [ClientFrame(.text, [], isFinal: false), ClientFrame(.continuation, [], isFinal: false), ClientFrame(.continuation)]
        #expect(ReaderHarness.read(empty) == [.text("")])
    }

    // MARK: - What a server must refuse

    @Test func clientsMustMask() {
        #expect(ReaderHarness.read([.text("hi").with { $0.mask = nil }]) == self.protocolError)
        #expect(ReaderHarness.read([ClientFrame(.ping).with { $0.mask = nil }]) == self.protocolError)
        // A mask of zeros is a mask.
        #expect(ReaderHarness.read([.text("hi").with { $0.mask = 0 }]) == [.text("hi")])
    }

    @Test(arguments: [0x40, 0x20, 0x10, 0x70] as [UInt8])
    func reservedBitsMustBeZero(_ bits: UInt8) {
        #expect(ReaderHarness.read([.text("hi").with { $0.firstByte |= bits }]) == self.protocolError)
        #expect(ReaderHarness.read([ClientFrame(.close).with { $0.firstByte |= bits }]) == self.protocolError)
    }

    @Test(arguments: [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF] as [UInt8])
    func reservedOpcodesAreRefusedAtTheirFirstByte(_ opcode: UInt8) {
        #expect(ReaderHarness.read([0x80 | opcode]) == self.protocolError)
        #expect(ReaderHarness.read([opcode]) == self.protocolError)
    }

    @Test func lengthsMustBeSpelledInTheFewestBytes() {
        for length in [0, 1, 125] {
            let frame = ClientFrame(.binary, [UInt8](repeating: 0, count: length))
            #expect(ReaderHarness.read([frame.with { $0.lengthForm = .sixteenBits }]) == self.protocolError)
            #expect(ReaderHarness.read([frame.with { $0.lengthForm = .sixtyFourBits }]) == self.protocolError)
        }
        for length in [126, 65535] {
            let frame = ClientFrame(.binary, [UInt8](repeating: 0, count: length))
            #expect(ReaderHarness.read([frame.with { $0.lengthForm = .sixtyFourBits }]) == self.protocolError)
        }
    }

    @Test func aLengthHas63BitsAndTheMessageABound() {
        func claiming(_ length: UInt64) -> [Seen] {
            ReaderHarness.read([ClientFrame(.binary).with { $0.lengthForm = .claimed(length) }])
        }
        #expect(claiming(1 << 63) == self.protocolError)
        #expect(claiming(.max) == self.protocolError)
        #expect(claiming((1 << 63) - 1) == [.violation(.messageTooBig)])
        #expect(claiming((1 << 20) + 1) == [.violation(.messageTooBig)])
        #expect(claiming(1 << 20) == [])
    }

    @Test func controlFramesAreWholeAndShort() {
        for opcode in [Opcode.ping, .pong, .close] {
            #expect(ReaderHarness.read([ClientFrame(opcode, [], isFinal: false)]) == self.protocolError)
            #expect(ReaderHarness.read([ClientFrame(opcode, [UInt8](repeating: 0, count: 126))]) == self.protocolError)
            #expect(ReaderHarness.read([ClientFrame(opcode).with { $0.lengthForm = .claimed(70_000) }]) == self.protocolError)
        }
        let longest = [UInt8](repeating: 7, count: 125)
        #expect(ReaderHarness.read([ClientFrame(.ping, longest), ClientFrame(.pong, longest)]) == [.ping(longest), .pong(longest)])
    }

    @Test func fragmentsComeInOrder() {
        #expect(ReaderHarness.read([ClientFrame(.continuation, [1])]) == self.protocolError)
        #expect(ReaderHarness.read([.text("a"), ClientFrame(.continuation, [1])]) == [.text("a")] + self.protocolError)
        for opcode in [Opcode.text, .binary] {
            #expect(ReaderHarness.read([.text("a", isFinal: false), ClientFrame(opcode, [1])]) == self.protocolError)
        }
    }

    @Test func nothingIsReadAfterAViolation() {
        var harness = ReaderHarness()
        harness.feed([ClientFrame(.continuation), .text("a"), ClientFrame(.continuation)].bytes)
        harness.feed(ClientFrame.text("b").bytes)
        #expect(harness.seen == self.protocolError)
        #expect(harness.unreadBytes == 0 && harness.reader.bufferedBytes == 0)
    }

    // MARK: - Closing

    @Test func closesCarryNothingOrAValidCode() {
        #expect(ReaderHarness.read([.close(nil)]) == [.close(nil)])
        for code in [1000, 1001, 1002, 1003, 1007, 1008, 1011, 1014, 3000, 4001, 4999] as [UInt16] {
            #expect(ReaderHarness.read([.close(code)]) == [.close(code)])
        }
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535] as [UInt16] {
            #expect(ReaderHarness.read([.close(code)]) == self.protocolError)
        }
        #expect(ReaderHarness.read([ClientFrame(.close, [3])]) == self.protocolError)
    }

    @Test func aReasonIsText() {
        #expect(ReaderHarness.read([.close(1000, reason: Array("tschüß".utf8))]) == [.close(1000)])
        for reason in [[0xFF], [0xC3], [0xED, 0xA0, 0x80]] as [[UInt8]] {
            #expect(ReaderHarness.read([.close(1000, reason: reason)]) == [.violation(.invalidPayload)])
        }
    }

    @Test func nothingIsReadAfterAClose() {
        #expect(ReaderHarness.read([.close(1000), .text("late"), ClientFrame(.continuation)]) == [.close(1000)])
    }

    @Test func aCloseMayComeBetweenFragments() {
        #expect(ReaderHarness.read([.text("a", isFinal: false), .close(1000)]) == [.close(1000)])
    }

    // MARK: - UTF-8

    @Test func textMustBeUTF8() {
        for bad in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x41, 0xC3]] as [[UInt8]] {
            #expect(ReaderHarness.read([ClientFrame(.text, bad)]) == [.violation(.invalidPayload)])
            #expect(ReaderHarness.read([ClientFrame(.binary, bad)]) == [.message(.binary, bad)])
        }
    }

    @Test func aBadByteEndsTheMessageBeforeItsLastFragment() {
        #expect(ReaderHarness.read([ClientFrame(.text, [0x41, 0xFF], isFinal: false)]) == [.violation(.invalidPayload)])
        // Begun in one fragment, spoilt in the next.
        let frames = [ClientFrame(.text, [0xE2, 0x82], isFinal: false), ClientFrame(.continuation, [0x41], isFinal: false)]
        #expect(ReaderHarness.read(frames) == [.violation(.invalidPayload)])
        // And within a frame that is not all here.
        let bytes = ClientFrame(.text, [0xFF] + [UInt8](repeating: 0x41, count: 1000)).bytes
        #expect(ReaderHarness.read(Array(bytes.prefix(9))) == [.violation(.invalidPayload)])
    }

    @Test func aCharacterMayBeSpreadOverFragmentsButNotLeftUnfinished() {
        let euro: [UInt8] = [0xE2, 0x82, 0xAC]
        let frames = euro.indices.map { ClientFrame($0 == 0 ? .text : .continuation, [euro[$0]], isFinal: $0 == 2) }
        #expect(ReaderHarness.read(frames) == [.text("€")])
        let cut = [ClientFrame(.text, [0xE2], isFinal: false), ClientFrame(.continuation, [0x82])]
        #expect(ReaderHarness.read(cut) == [.violation(.invalidPayload)])
        // The next message starts afresh.
        let two = [ClientFrame(.binary, [0xE2], isFinal: false), ClientFrame(.continuation, [0x82]), .text("€")]
        #expect(ReaderHarness.read(two) == [.message(.binary, [0xE2, 0x82]), .text("€")])
    }

    // MARK: - Bounds

    @Test func aMessageIsBoundedAcrossItsFragments() {
        let half = [UInt8](repeating: 0x61, count: 50)
        let fits = [ClientFrame(.text, half, isFinal: false), ClientFrame(.continuation, half)]
        #expect(ReaderHarness.read(fits, maxMessage: 100) == [.message(.text, half + half)])
        let tooLong = [ClientFrame(.text, half, isFinal: false), ClientFrame(.continuation, half + [0x61])]
        #expect(ReaderHarness.read(tooLong, maxMessage: 100) == [.violation(.messageTooBig)])
        #expect(ReaderHarness.read([ClientFrame(.binary, half + half + [1])], maxMessage: 100) == [.violation(.messageTooBig)])
        // The header alone tells.
        #expect(ReaderHarness.read([0x82, 0x80 | 101], maxMessage: 100) == [.violation(.messageTooBig)])
        #expect(ReaderHarness.read([ClientFrame(.binary, half + half)], maxMessage: 100) == [.message(.binary, half + half)])
    }

    @Test func emptyFragmentsWithoutEndKeepNothing() {
        var harness = ReaderHarness(maxMessage: 100)
        harness.feed(ClientFrame(.text, [], isFinal: false).bytes)
        for _ in 0..<1_000 { harness.feed(ClientFrame(.continuation, [], isFinal: false).bytes) }
        #expect(harness.seen.isEmpty && harness.mostBuffered == 0 && harness.mostUnread == 0)
        harness.feed(ClientFrame(.continuation, [0x61]).bytes)
        #expect(harness.seen == [.text("a")])
    }

    // MARK: - What was broken

    private static let broken: [([UInt8], WebSocketViolation)] = [
        (ClientFrame.text("x").with { $0.firstByte |= 0x40 }.bytes, WebSocketViolation.reservedBits), ([0x83, 0x80, 0, 0, 0, 0], .opcode),
        (ClientFrame.text("x").with { $0.mask = nil }.bytes, .unmasked), (ClientFrame(.ping, [], isFinal: false).bytes, .control),
        (ClientFrame(.continuation).bytes, .continuation), ([ClientFrame.text("x", isFinal: false), .text("y")].bytes, .continuation),
        (ClientFrame.text("x").with { $0.lengthForm = .sixteenBits }.bytes, .length), (ClientFrame(.close, [3]).bytes, .closePayload),
        (ClientFrame(.text, [0xFF]).bytes, .notUTF8), (ClientFrame(.text, [UInt8](repeating: 0x78, count: 101)).bytes, .tooBig),
    ]

    @Test(arguments: WebSocketReaderTests.broken) func tellsHowTheProtocolWasBroken(_ bytes: [UInt8], _ violation: WebSocketViolation) {
        var harness = ReaderHarness(maxMessage: 100)
        #expect(harness.reader.violation == nil)
        harness.feed(bytes)
        #expect(harness.reader.violation == violation && harness.seen.last == .violation(violation.code))
    }
}
