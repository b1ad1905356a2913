/// Strict JSON (RFC 8259) over bytes that are already known to be UTF-8. Each function takes a cursor to the first byte of what it names,
/// moves the cursor just past it, and returns whether the text was well formed. Nothing is built, and nothing is allocated.
enum JSONText {
    /// How deep containers may be nested; the envelope itself is the first.
    static let deepest = 128

    static func skipWhitespace(_ text: Span<UInt8>, _ at: inout Int) {
        while at < text.count {
            switch text[at] {
            case 0x20, 0x09, 0x0A, 0x0D: at &+= 1
            default: return
            }
        }
    }

    /// Any value. `depth` counts the containers around it; recursion is bounded by `deepest`.
    static func skipValue(_ text: Span<UInt8>, _ at: inout Int, depth: Int) -> Bool {
        guard at < text.count else { return false }
        switch text[at] {
        case UInt8(ascii: "\""):
            return self.skipString(text, &at) != nil
        case UInt8(ascii: "{"):
            return depth < self.deepest && self.skipObject(text, &at, depth: depth + 1)
        case UInt8(ascii: "["):
            return depth < self.deepest && self.skipArray(text, &at, depth: depth + 1)
        case UInt8(ascii: "t"): return self.skipWord("true", text, &at)
        case UInt8(ascii: "f"): return self.skipWord("false", text, &at)
        case UInt8(ascii: "n"): return self.skipWord("null", text, &at)
        default: return self.skipNumber(text, &at)
        }
    }

    private static func skipObject(_ text: Span<UInt8>, _ at: inout Int, depth: Int) -> Bool {
        at += 1
        self.skipWhitespace(text, &at)
        if at < text.count, text[at] == UInt8(ascii: "}") {
            at += 1
            return true
        }
        while true {
            guard at < text.count, text[at] == UInt8(ascii: "\""), self.skipString(text, &at) != nil else { return false }
            guard self.skipColon(text, &at), self.skipValue(text, &at, depth: depth) else { return false }
            switch self.skipSeparator(text, &at, closing: UInt8(ascii: "}")) {
            case .more: continue
            case .end: return true
            case .malformed: return false
            }
        }
    }

    private static func skipArray(_ text: Span<UInt8>, _ at: inout Int, depth: Int) -> Bool {
        at += 1
        self.skipWhitespace(text, &at)
        if at < text.count, text[at] == UInt8(ascii: "]") {
            at += 1
            return true
        }
        while true {
            guard self.skipValue(text, &at, depth: depth) else { return false }
            switch self.skipSeparator(text, &at, closing: UInt8(ascii: "]")) {
            case .more: continue
            case .end: return true
            case .malformed: return false
            }
        }
    }

    /// The colon after a key, with the white space around it.
    static func skipColon(_ text: Span<UInt8>, _ at: inout Int) -> Bool {
        self.skipWhitespace(text, &at)
        guard at < text.count, text[at] == UInt8(ascii: ":") else { return false }
        at += 1
        self.skipWhitespace(text, &at)
        return true
    }

    enum Separator { case more, end, malformed }

    /// What follows a member or an element: a comma, or the container's end.
    static func skipSeparator(_ text: Span<UInt8>, _ at: inout Int, closing: UInt8) -> Separator {
        self.skipWhitespace(text, &at)
        guard at < text.count else { return .malformed }
        let byte = text[at]
        at += 1
        if byte == closing { return .end }
        guard byte == UInt8(ascii: ",") else { return .malformed }
        self.skipWhitespace(text, &at)
        return .more
    }

    private static func skipWord(_ word: StaticString, _ text: Span<UInt8>, _ at: inout Int) -> Bool {
        let length = word.utf8CodeUnitCount
        guard text.count - at >= length else { return false }
        for offset in 0..<length {
            // The literal is ASCII, hence pointer-backed, and `offset` stays below its length.
            guard text[at + offset] == word.utf8Start[offset] else { return false }
        }
        at += length
        return true
    }

    private static func skipNumber(_ text: Span<UInt8>, _ at: inout Int) -> Bool {
        if at < text.count, text[at] == UInt8(ascii: "-") { at += 1 }
        guard at < text.count else { return false }
        if text[at] == UInt8(ascii: "0") {
            at += 1
        } else if !self.skipDigits(text, &at) {
            return false
        }
        if at < text.count, text[at] == UInt8(ascii: ".") {
            at += 1
            guard self.skipDigits(text, &at) else { return false }
        }
        if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < text.count, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") { at += 1 }
            guard self.skipDigits(text, &at) else { return false }
        }
        return true
    }

    private static func skipDigits(_ text: Span<UInt8>, _ at: inout Int) -> Bool {
        let start = at
        while at < text.count, text[at] &- UInt8(ascii: "0") < 10 { at &+= 1 }
        return at > start
    }
}
