import RawLoad

/// What the two sides of a mailbox say.
struct ItemFrames {
    static let seqKey = Array(#""seq""#.utf8)
    static let refKey = Array(#""ref""#.utf8)
    static let codeKey = Array(#""code""#.utf8)
    /// The sid of all of them: items have refs, and are delivered as such.
    static let sid = Array("bench".utf8)
    static let hello = ClientFrame.text(Array(#"{"type":"hello","mailbox":""}"#.utf8))

    let payload: ItemPayload

    /// From side A to side B. The item's number is its ref.
    func send(_ number: Int) -> [UInt8] {
        var frame = Array(#"{"type":"send","to":"B","ref":\#(number),"payload":"#.utf8)
        frame += self.payload.bytes(number)
        frame.append(UInt8(ascii: "}"))
        return ClientFrame.text(frame)
    }

    static func delivered(upTo seq: Int) -> [UInt8] { ClientFrame.text(Array(#"{"type":"delivered","upTo":\#(seq)}"#.utf8)) }

    /// The number of the item in this frame, where it is as it was sent and is numbered as those before it: no item is refused, so the
    /// server's numbers are those of the sender.
    func number(in frame: UnsafeRawBufferPointer) -> Int? {
        guard let number = self.payload.number(in: frame), frame.number(behind: Self.seqKey) == number else { return nil }
        return number
    }

    static func refusal(_ frame: UnsafeRawBufferPointer) -> RawFailure {
        let code = frame.text(behind: self.codeKey).map { String(decoding: $0, as: UTF8.self) } ?? "an error without a code"
        return .gaveUp("an item was refused: \(code)")
    }
}
