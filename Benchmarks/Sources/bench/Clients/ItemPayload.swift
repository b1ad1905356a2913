import RawLoad

/// What mailbox items hold: a JSON string that begins with the item's number.
struct ItemPayload {
    /// In bytes, with the quotes.
    static let sizes = 12...1_000_000
    private static let digits = 10
    private static let key = Array(#""payload""#.utf8)

    private let filler: [UInt8]

    init(bytes: Int) { self.filler = Array(repeating: UInt8(ascii: "a"), count: bytes - Self.digits - 2) }

    /// As it stands in a frame.
    func bytes(_ number: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: UInt8(ascii: "\""), count: Self.digits + 1)
        var rest = number
        for place in (1...Self.digits).reversed() {
            bytes[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        bytes += self.filler
        bytes.append(UInt8(ascii: "\""))
        return bytes
    }

    /// The number of the item that came in this frame; nil where its payload is none that was made here.
    func number(in frame: UnsafeRawBufferPointer) -> Int? {
        guard let text = frame.text(behind: Self.key), text.count == Self.digits + self.filler.count,
            UnsafeRawBufferPointer(rebasing: text[Self.digits...]).isEqual(to: self.filler)
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: text[..<Self.digits]).number
    }
}
