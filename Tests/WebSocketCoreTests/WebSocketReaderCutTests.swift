import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

/// However the network cuts a stream of frames, it means the same.
@Suite struct WebSocketReaderCutTests {
    private let conversation: [ClientFrame] = [
        .text(#"{"type":"offer"}"#), ClientFrame(.ping, [1, 2, 3]), ClientFrame(.text, Array("ä€😀".utf8.prefix(4)), isFinal: false),
        ClientFrame(.pong, [9]), ClientFrame(.continuation, [], isFinal: false, mask: 1),
        ClientFrame(.continuation, Array("ä€😀".utf8.dropFirst(4)), mask: 0xDEAD_BEEF),
        ClientFrame(.binary, (0..<300).map { UInt8(truncatingIfNeeded: $0) }, mask: 0x0080_FF01), ClientFrame(.text),
        .close(1000, reason: Array("bye".utf8)),
    ]
    private let meaning: [Seen] = [
        .text(#"{"type":"offer"}"#), .ping([1, 2, 3]), .pong([9]), .text("ä€😀"),
        .message(.binary, (0..<300).map { UInt8(truncatingIfNeeded: $0) }), .text(""), .close(1000),
    ]

    @Test func cutAtEveryByte() {
        let bytes = self.conversation.bytes
        for cut in 0...bytes.count {
            var harness = ReaderHarness()
            harness.feed(bytes[..<cut])
            harness.feed(bytes[cut...])
            #expect(harness.seen == self.meaning, "cut at \(cut)")
        }
    }

    @Test func byteByByte() {
        var harness = ReaderHarness()
        for byte in self.conversation.bytes { harness.feed(CollectionOfOne(byte)) }
        #expect(harness.seen == self.meaning)
        #expect(harness.mostUnread <= 139)
    }

    @Test func cutAtRandom() {
        var random = SplitMix64(seed: 3)
        let bytes = self.conversation.bytes
        for _ in 0..<60 {
            var harness = ReaderHarness()
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(rest.count, 40), using: &random)
                harness.feed(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            #expect(harness.seen == self.meaning)
        }
    }

    /// Whatever a violation is, it is the same one however it arrives.
    @Test func brokenStreamsAreRefusedAlikeHoweverTheyAreCut() {
        let broken: [[ClientFrame]] = [
            [.text("a"), ClientFrame(.text, [0xE2, 0x82, 0x41])], [.text("a", isFinal: false), .text("b")], [.close(1005)],
            [.close(1000, reason: [0xFF])],
            [ClientFrame(.binary, [UInt8](repeating: 1, count: 200)).with { $0.lengthForm = .sixtyFourBits }],
            [ClientFrame(.ping, [1]).with { $0.mask = nil }], [ClientFrame(.binary, [UInt8](repeating: 1, count: 301))],
        ]
        for frames in broken {
            let bytes = frames.bytes
            let expected = ReaderHarness.read(bytes, maxMessage: 300)
            guard case .violation? = expected.last else {
                Issue.record("no violation in \(expected)")
                continue
            }
            for cut in 0...bytes.count {
                var harness = ReaderHarness(maxMessage: 300)
                harness.feed(bytes[..<cut])
                harness.feed(bytes[cut...])
                #expect(harness.seen == expected, "cut at \(cut)")
            }
        }
    }

    /// Noise, and frames with some noise in them: never a crash, never more kept than the bounds, nothing after the end.
    @Test func randomBytesStayWithinBounds() {
        var random = SplitMix64(seed: 99)
        var violations = 0
        for round in 0..<300 {
            var harness = ReaderHarness(maxMessage: 500)
            for _ in 0..<10 {
                var bytes = round.isMultiple(of: 2) ? random.bytes(Int.random(in: 0...60, using: &random)) : self.conversation.bytes
                if !bytes.isEmpty, !round.isMultiple(of: 2) {
                    for _ in 0..<3 {
                        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                    }
                }
                harness.feed(bytes)
            }
            #expect(harness.mostUnread <= 139 && harness.mostBuffered <= 500)
            let ends = harness.seen.indices.filter {
                switch harness.seen[$0] {
                case .violation, .close: true
                case .message, .ping, .pong: false
                }
            }
            #expect(ends.isEmpty || ends == [harness.seen.count - 1])
            if case .violation? = harness.seen.last { violations += 1 }
            if !ends.isEmpty { #expect(harness.unreadBytes == 0 && harness.reader.bufferedBytes == 0) }
        }
        #expect(violations > 150)
    }
}
