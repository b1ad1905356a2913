import Foundation
import SignalingTestKit

/// Kept inputs that are changed at random, from a seed: a search that any build can do, in a minute, and that ends the same way each time.
/// libFuzzer's, which coverage leads, finds more; `scripts/nightly fuzz` has it.
enum Variations {
    /// Tries `count` variations for each of the targets; returns whether all of them hold. The first that does not is kept in `findings`.
    static func run(_ targets: [FuzzTarget], from root: URL, count: Int, findings: URL) throws -> Bool {
        for (index, target) in targets.enumerated() {
            let kept = try Corpus.files(in: root.appendingPathComponent(target.name)).map { [UInt8](try Data(contentsOf: $0)) }
            try expect(!kept.isEmpty, "\(root.path)/\(target.name) holds no inputs")
            let check = target.makeCheck()
            let start = Date()
            var source = VariationSource(kept, maxLength: target.maxLength)
            let last = findings.appendingPathComponent("\(target.name)-variation")
            try FileManager.default.createDirectory(at: findings, withIntermediateDirectories: true)
            for number in 1...count {
                let input = source.next()
                // Written first: an input that ends the process is there afterwards.
                try Data(input).write(to: last)
                do {
                    try check(input)
                } catch {
                    print("\(target.name), variation \(number): \(error)\nagain: swift run fuzz one \(target.name) \(last.path)")
                    print("variations: \(index) passed, 1 failed")
                    return false
                }
            }
            try FileManager.default.removeItem(at: last)
            print("\(target.name): \(count) variations, \(String(format: "%.1f", Date().timeIntervalSince(start))) s")
        }
        // Counted as the targets that they are of.
        print("variations: \(targets.count) passed, 0 failed")
        return true
    }
}

private struct VariationSource {
    private let kept: [[UInt8]]
    private let maxLength: Int
    private var generator = SplitMix64(seed: 1)

    init(_ kept: [[UInt8]], maxLength: Int) {
        self.kept = kept
        self.maxLength = maxLength
    }

    mutating func next() -> [UInt8] {
        var input = self.pick()
        for _ in 0..<Int.random(in: 1...4, using: &self.generator) { self.change(&input) }
        return Array(input.prefix(self.maxLength))
    }

    private mutating func pick() -> [UInt8] { self.kept[Int.random(in: self.kept.indices, using: &self.generator)] }

    /// A part of it, at most 64 bytes long; it may be empty.
    private mutating func part(of input: [UInt8]) -> Range<Int> {
        let start = Int.random(in: 0...input.count, using: &self.generator)
        return start..<Int.random(in: start...min(start + 64, input.count), using: &self.generator)
    }

    private mutating func change(_ input: inout [UInt8]) {
        let part = self.part(of: input)
        switch Int.random(in: 0..<6, using: &self.generator) {
        case 0: input.removeSubrange(part)
        case 1: input.insert(contentsOf: input[part], at: part.lowerBound)
        case 2, 3:
            let other = self.pick()
            input.replaceSubrange(part, with: other[self.part(of: other)])
        case 4: input.replaceSubrange(part, with: self.generator.bytes(part.count))
        default:
            guard part.lowerBound < input.count else { return }
            input[part.lowerBound] ^= 1 << UInt8.random(in: 0..<8, using: &self.generator)
        }
    }
}
