import ByteScan

/// A word of at most sixteen ASCII characters as two integers, its first character lowest: it is compared with a frame's text in one or two
/// steps.
///
/// As raw values of an enumeration, such words are its table of names, which the compiler turns into comparisons with constants.
package struct Word: Equatable, Sendable, ExpressibleByStringLiteral {
    package static let longest = 16

    private var head: UInt64 = 0
    private var tail: UInt64 = 0

    /// A name that the server knows, in lower case if it is compared without regard to case.
    @inline(__always)
    package init(stringLiteral word: StaticString) {
        precondition(word.utf8CodeUnitCount <= Self.longest)
        // The literal is ASCII, hence pointer-backed, and `index` stays below its length.
        for index in 0..<word.utf8CodeUnitCount { self.append(word.utf8Start[index], at: index) }
    }

    /// Reads a word from a text, with escapes as they are spelled; nil if it is empty or too long.
    @inline(__always)
    init?(_ range: Range<Int>, of text: Span<UInt8>) {
        let count = range.count
        guard count > 0, count <= Self.longest else { return nil }
        let start = range.lowerBound
        if count <= 8, start &+ 8 <= text.count {
            self.head = text.bytes.word(at: start) & Self.mask(count)
        } else if count > 8, start &+ 16 <= text.count {
            self.head = text.bytes.word(at: start)
            self.tail = text.bytes.word(at: start &+ 8) & Self.mask(count &- 8)
        } else {
            for index in 0..<count { self.append(text[start &+ index], at: index) }
        }
    }

    /// Reads a string's content with its escapes decoded; nil if it is too long, not ASCII, or contains a NUL, which would look like the
    /// end. `skipString` has checked the content.
    @inline(never)
    init?(unescaping content: Range<Int>, of text: Span<UInt8>, ignoringCase: Bool) {
        var at = content.lowerBound
        var count = 0
        while at < content.upperBound {
            guard count < Self.longest, var character = JSONText.asciiCharacter(text, &at), character > 0 else { return nil }
            if ignoringCase, character &- UInt8(ascii: "A") < 26 { character |= 0x20 }
            self.append(character, at: count)
            count += 1
        }
    }

    package var text: String {
        let characters = (0..<Self.longest).map { index in
            UInt8(truncatingIfNeeded: (index < 8 ? self.head : self.tail) &>> UInt64(8 &* (index & 7)))
        }
        return String(decoding: characters.prefix { $0 != 0 }, as: UTF8.self)
    }

    @inline(__always)
    private mutating func append(_ character: UInt8, at index: Int) {
        let shifted = UInt64(character) &<< UInt64(8 &* (index & 7))
        if index < 8 { self.head |= shifted } else { self.tail |= shifted }
    }

    /// A mask for the lowest `count` bytes; `count` is 1 to 8.
    @inline(__always)
    private static func mask(_ count: Int) -> UInt64 { ~0 &>> UInt64(64 &- 8 &* count) }
}
