import ByteScan
import CByteScan

extension JSONText {
    /// Skips a string, quotes included. Returns the text between the quotes and whether it contains escapes, or nil if it is malformed.
    static func skipString(_ text: Span<UInt8>, _ at: inout Int) -> (content: Range<Int>, escaped: Bool)? {
        let start = at + 1
        var index = start
        var escaped = false
        while true {
            index = self.skipPlain(text, from: index)
            guard index < text.count else { return nil }
            switch text[index] {
            case UInt8(ascii: "\""):
                at = index + 1
                return (start..<index, escaped)
            case UInt8(ascii: "\\"):
                escaped = true
                guard let next = self.skipEscape(text, at: index) else { return nil }
                index = next
            default:
                // Below U+0020: must be escaped.
                return nil
            }
        }
    }

    /// Skips bytes that are neither a quote, nor a backslash, nor a control character: most of a frame.
    private static func skipPlain(_ text: Span<UInt8>, from start: Int) -> Int {
        text.withUnsafeBufferPointer { bytes in
            // A span's bytes exist for the length of the call; `start` is at most their count, and only bytes from there on are read.
            guard start < bytes.count, let base = bytes.baseAddress else { return start }
            return start &+ cbs_plain_json(base + start, bytes.count &- start)
        }
    }

    private static func skipEscape(_ text: Span<UInt8>, at index: Int) -> Int? {
        guard index + 1 < text.count else { return nil }
        switch text[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return index + 2
        case UInt8(ascii: "u"):
            guard self.hexUnit(text, at: index + 2) != nil else { return nil }
            return index + 6
        default:
            return nil
        }
    }

    static func hexUnit(_ text: Span<UInt8>, at index: Int) -> UInt16? {
        guard index + 4 <= text.count else { return nil }
        var unit: UInt16 = 0
        for offset in 0..<4 {
            guard let digit = Hex.value(text[index + offset]) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// Whether a string's content, with escapes decoded, is the given ASCII word.
    static func content(_ content: Range<Int>, escaped: Bool, of text: Span<UInt8>, equals word: StaticString, ignoringCase: Bool) -> Bool {
        let length = word.utf8CodeUnitCount
        guard escaped ? content.count >= length : content.count == length else { return false }
        var index = content.lowerBound
        for offset in 0..<length {
            guard index < content.upperBound, var byte = self.asciiCharacter(text, &index) else { return false }
            if ignoringCase, byte &- UInt8(ascii: "A") < 26 { byte |= 0x20 }
            // The literal is ASCII, hence pointer-backed, and `offset` stays below its length.
            guard byte == word.utf8Start[offset] else { return false }
        }
        return index == content.upperBound
    }

    /// The next character of a string's content, with its escape decoded, if it is ASCII. `skipString` has checked the content.
    static func asciiCharacter(_ text: Span<UInt8>, _ index: inout Int) -> UInt8? {
        let byte = text[index]
        guard byte == UInt8(ascii: "\\") else {
            index += 1
            return byte < 0x80 ? byte : nil
        }
        let kind = text[index + 1]
        index += 2
        switch kind {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            guard let unit = self.hexUnit(text, at: index), unit < 0x80 else { return nil }
            index += 4
            return UInt8(unit)
        default: return kind
        }
    }
}
