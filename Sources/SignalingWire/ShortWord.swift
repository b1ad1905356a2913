import ByteScan

/// A word of at most eight ASCII letters as one integer, its first letter lowest: compared with a frame's text in one step.
struct ShortWord: Equatable {
    private var letters: UInt64

    /// A name that the server knows.
    @inline(__always)
    init(_ word: StaticString) {
        var letters: UInt64 = 0
        // The literal is ASCII, hence pointer-backed, and `index` stays below its length.
        for index in 0..<word.utf8CodeUnitCount { letters |= UInt64(word.utf8Start[index]) &<< UInt64(8 &* index) }
        self.letters = letters
    }

    /// What stands in a text, escapes as they are spelled; nil if it is empty or too long. `lowered` has its letters in lower case, which
    /// leaves nothing else as it was: fit for a comparison with letters alone.
    @inline(__always)
    init?(_ range: Range<Int>, of text: Span<UInt8>, lowered: Bool = false) {
        let count = range.count
        guard count > 0, count <= 8 else { return nil }
        let unused = UInt64(64 &- 8 &* count)
        if range.lowerBound &+ 8 <= text.count {
            self.letters = text.bytes.word(at: range.lowerBound) & (~0 &>> unused)
        } else {
            self.letters = 0
            for index in 0..<count { self.letters |= UInt64(text[range.lowerBound + index]) &<< UInt64(8 &* index) }
        }
        // Only where there are letters: a space more would be taken for none.
        if lowered { self.letters |= 0x2020_2020_2020_2020 &>> unused }
    }
}
