/// Checks UTF-8 (RFC 3629) as bytes arrive, so that a bad byte ends a message at once, however the message was fragmented.
package struct UTF8Validator: Sendable {
    /// Continuation bytes that the current sequence still needs.
    private var owed: UInt8 = 0
    /// The range of the next continuation byte: narrower than 80…BF after E0, ED, F0 and F4 (overlong forms, surrogates, beyond U+10FFFF).
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    package init() {}

    /// True between characters: the bytes so far are a complete text.
    package var isAtBoundary: Bool { self.owed == 0 }

    /// Whether these bytes are a complete text.
    package static func isWhole(_ bytes: Span<UInt8>) -> Bool {
        var validator = UTF8Validator()
        return validator.consume(bytes) && validator.isAtBoundary
    }

    /// Takes the next bytes; false as soon as they cannot be part of any UTF-8 text.
    package mutating func consume(_ bytes: Span<UInt8>, from start: Int = 0) -> Bool {
        var index = start
        let count = bytes.count
        while index < count {
            if self.owed == 0 {
                index = Self.skipASCII(bytes, from: index)
                if index == count { return true }
            }
            guard self.step(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    private static func skipASCII(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index &+ 8 <= bytes.count {
            guard bytes.bytes.word(at: index) & 0x8080_8080_8080_8080 == 0 else { break }
            index &+= 8
        }
        while index < bytes.count, bytes[index] < 0x80 { index &+= 1 }
        return index
    }

    private mutating func step(_ byte: UInt8) -> Bool {
        if self.owed > 0 {
            guard byte >= self.lowest, byte <= self.highest else { return false }
            self.owed -= 1
            self.lowest = 0x80
            self.highest = 0xBF
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: self.owed = 1
        case 0xE0: (self.owed, self.lowest) = (2, 0xA0)
        case 0xED: (self.owed, self.highest) = (2, 0x9F)
        case 0xE1...0xEF: self.owed = 2
        case 0xF0: (self.owed, self.lowest) = (3, 0x90)
        case 0xF4: (self.owed, self.highest) = (3, 0x8F)
        case 0xF1...0xF3: self.owed = 3
        default: return false
        }
        return true
    }
}
