import NIOCore
import PassThrough
import SignalingTestKit
import Testing
import TimeKeeping

/// Random cuts, pauses and ends: what arrives is what was sent, all of it, and nothing waits past its bound.
@Suite struct PassScheduleTests {
    /// One direction: from the far end of one stream to that of the other.
    private final class Way {
        let source: MemoryStream
        let target: MemoryStream
        private let bytes: ByteBuffer
        private var unsent: ByteBuffer
        private(set) var received = ByteBuffer()
        private var hasEnded = false

        init(from source: MemoryStream, to target: MemoryStream, _ bytes: ByteBuffer) {
            (self.source, self.target, self.bytes, self.unsent) = (source, target, bytes, bytes)
        }

        func step(_ random: inout SplitMix64) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1: self.send(.random(in: 1...20_000, using: &random))
            case 2, 3:
                if self.source.canRead {
                    self.source.read(most: .random(in: 1...65_536, using: &random), reads: .random(in: 1...3, using: &random))
                }
            case 4, 5: self.take(.random(in: 1...30_000, using: &random))
            case 6: self.target.sendCapacity = .random(in: 0...50_000, using: &random)
            default: if self.unsent.readableBytes == 0 { self.end() }
            }
        }

        func goOn() {
            self.target.sendCapacity = .max
            self.send(50_000)
            if self.source.canRead { self.source.read() }
            self.take(.max)
            if self.unsent.readableBytes == 0 { self.end() }
        }

        private func send(_ count: Int) {
            if let part = self.unsent.readSlice(length: min(count, self.unsent.readableBytes)) { self.source.arrive(part) }
        }

        private func take(_ most: Int) { self.received.writeImmutableBuffer(self.target.takeSent(most: most)) }

        private func end() {
            guard !self.hasEnded else { return }
            self.hasEnded = true
            self.source.end(.fin)
        }

        var isDone: Bool { self.hasEnded && !self.target.isOpen && self.target.sent.readableBytes == 0 }
        var isWhole: Bool { self.received == self.bytes && self.target.sentEnd == .fin }
        var isWithinBound: Bool { self.hasEnded || self.target.unsentBytes <= 128 * 1024 }
    }

    @Test(arguments: 0..<8) func whatArrivesIsWhatWasSent(batch: UInt64) throws {
        for seed in batch * 50..<batch * 50 + 50 {
            var random = SplitMix64(seed: seed)
            let rig = try PassRig()
            let (client, home) = try rig.connect()
            let ways = [
                Way(from: client, to: home, .pattern(.random(in: 0...250_000, using: &random), seed: random.next())),
                Way(from: home, to: client, .pattern(.random(in: 0...600_000, using: &random), seed: random.next())),
            ]
            for _ in 0..<Int.random(in: 0...300, using: &random) {
                ways[Int.random(in: 0...1, using: &random)].step(&random)
                for way in ways { #expect(way.isWithinBound, "seed \(seed)") }
                if Int.random(in: 0..<50, using: &random) == 0 { rig.advance(by: .milliseconds(100)) }
            }
            var rounds = 0
            while !ways.allSatisfy(\.isDone), rounds < 1_000 {
                for way in ways { way.goOn() }
                rounds += 1
            }
            #expect(ways[0].isWhole && ways[1].isWhole, "seed \(seed) after \(rounds) rounds: \(ways.map(\.received.readableBytes))")
            #expect(rig.isEmpty && rig.seen.endings == ["closed"], "seed \(seed)")
        }
    }
}
