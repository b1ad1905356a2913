/// The list in If-None-Match (RFC 9110 section 13.1.2): which versions of a file the client has.
enum EntityTags {
    /// Whether `tag` is in the list, by the weak comparison that the field asks for. A malformed list is read up to its first fault: to send
    /// the whole file is never wrong.
    static func list(_ value: Range<Int>, names tag: String, in input: Span<UInt8>) -> Bool {
        if input.equals("*", in: value) { return true }
        var at = value.lowerBound
        while true {
            while at < value.upperBound, Byte.isBlank(input[at]) || input[at] == UInt8(ascii: ",") { at += 1 }
            guard let element = self.element(at..<value.upperBound, in: input) else { return false }
            if input.equals(text: tag, in: element) { return true }
            at = element.upperBound
        }
    }

    /// The tag at the beginning: with its quotes, without a leading `W/`. Between the quotes a comma is a part of the tag.
    private static func element(_ rest: Range<Int>, in input: Span<UInt8>) -> Range<Int>? {
        let isWeak = rest.count >= 2 && input.equals("W/", in: rest.lowerBound..<rest.lowerBound + 2)
        let start = isWeak ? rest.lowerBound + 2 : rest.lowerBound
        guard start < rest.upperBound, input[start] == UInt8(ascii: "\""),
            let end = input.firstIndex(of: UInt8(ascii: "\""), in: start + 1..<rest.upperBound)
        else { return nil }
        return start..<end + 1
    }
}
