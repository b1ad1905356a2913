/// What an engine replies, in RESP2.
package enum EngineReply: Equatable, Sendable {
    case text(String)
    case integer(Int)
    case list([EngineReply])
    case none
    case error(String)

    package var text: String? { if case .text(let text) = self { text } else { nil } }

    /// Part of a list.
    package subscript(index: Int) -> EngineReply? {
        guard case .list(let parts) = self, parts.indices.contains(index) else { return nil }
        return parts[index]
    }

    private static let mostParts = 1 << 16

    /// The reply that begins here, and how many bytes it has; nil where it is not whole.
    static func read(_ bytes: ArraySlice<UInt8>) throws(EngineFault) -> (reply: EngineReply, count: Int)? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\r")), bytes.endIndex >= end + 2, let kind = bytes.first else { return nil }
        let line = String(decoding: bytes[(bytes.startIndex + 1)..<end], as: UTF8.self)
        let head = end + 2 - bytes.startIndex
        func number() throws(EngineFault) -> Int {
            guard let number = Int(line), number >= -1 else { throw EngineFault("a length that is none: \(line)") }
            return number
        }
        switch kind {
        case UInt8(ascii: "+"): return (.text(line), head)
        case UInt8(ascii: "-"): return (.error(line), head)
        case UInt8(ascii: ":"):
            guard let value = Int(line) else { throw EngineFault("an integer that is none: \(line)") }
            return (.integer(value), head)
        case UInt8(ascii: "$"):
            let length = try number()
            guard length >= 0 else { return (.none, head) }
            guard bytes.count >= head + length + 2 else { return nil }
            return (.text(String(decoding: bytes[(end + 2)...].prefix(length), as: UTF8.self)), head + length + 2)
        case UInt8(ascii: "*"):
            let length = try number()
            guard length >= 0 else { return (.none, head) }
            guard length <= self.mostParts else { throw EngineFault("a list of \(length)") }
            var (parts, used) = ([EngineReply](), head)
            for _ in 0..<length {
                guard let (part, count) = try self.read(bytes.dropFirst(used)) else { return nil }
                parts.append(part)
                used += count
            }
            return (.list(parts), used)
        default: throw EngineFault("what is no reply")
        }
    }
}

/// What an engine said cannot be used.
package struct EngineFault: Error, CustomStringConvertible {
    private let what: String
    package var description: String { "the engine: \(self.what)" }

    package init(_ what: String) { self.what = what }
}
