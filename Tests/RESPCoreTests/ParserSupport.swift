import NIOCore
import RESPCore
import SignalingTestKit

/// What a parser made of its input.
struct Reading: Equatable {
    var values: [RESPValue] = []
    var violation: RESPViolation?

    init(_ parts: [some Collection<UInt8>]) {
        var parser = RESPParser()
        for part in parts { self.feed(ByteBuffer(bytes: Array(part)), to: &parser) }
    }

    init(_ text: String) { self.init([Array(text.utf8)]) }

    private mutating func feed(_ bytes: ByteBuffer, to parser: inout RESPParser) {
        parser.feed(bytes)
        do {
            while let value = try parser.next() { self.values.append(value) }
        } catch {
            self.violation = error
        }
    }

    static func of(_ value: RESPValue) -> Reading {
        var reading = Reading("")
        reading.values = [value]
        return reading
    }
}

extension RESPValue {
    /// Any value that fits; pushes are made by whoever wants one.
    static func random(depth: Int, using random: inout SplitMix64) -> RESPValue {
        switch Int.random(in: 0..<(depth > 0 ? 12 : 8), using: &random) {
        case 0: .simple(["", "OK", "a b", "ä€"].randomElement(using: &random) ?? "")
        case 1: .error(RESPError(["ERR no", "WRONGTYPE", "A\r\nB", ""].randomElement(using: &random) ?? ""))
        case 2: .integer([0, -1, .max, .min, Int64.random(in: -1000...1000, using: &random)].randomElement(using: &random) ?? 0)
        case 3: .bulk(.random(using: &random))
        case 4: .null
        case 5: [.boolean(true), .boolean(false), .bigNumber("-123456789012345678901234567890")].randomElement(using: &random) ?? .null
        case 6: .double([0, -0.5, 1e300, .infinity, Double.random(in: -1...1, using: &random)].randomElement(using: &random) ?? 0)
        case 7: .verbatim(format: "txt", .random(using: &random))
        case 8: .map(self.list(depth, using: &random).map { RESPEntry(.integer(1), $0) })
        case 9: .set(self.list(depth, using: &random))
        default: .array(self.list(depth, using: &random))
        }
    }

    private static func list(_ depth: Int, using random: inout SplitMix64) -> [RESPValue] {
        (0..<Int.random(in: 0...4, using: &random)).map { _ in self.random(depth: depth - 1, using: &random) }
    }
}

extension ByteBuffer {
    static func random(using random: inout SplitMix64) -> ByteBuffer {
        let count = [0, 1, 5, 300].randomElement(using: &random) ?? 0
        // Many of them are what ends a line.
        return ByteBuffer(bytes: random.bytes(count).map { $0 < 40 ? 0x0D : $0 < 80 ? 0x0A : $0 })
    }
}
