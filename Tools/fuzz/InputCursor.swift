/// An input read from its front as decisions. Where it ends every further decision is zero, so that any input is a whole one.
struct InputCursor {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.rest = bytes[...] }

    var isAtEnd: Bool { self.rest.isEmpty }

    mutating func byte() -> UInt8 { self.rest.popFirst() ?? 0 }

    /// From 0 up to, and without, `bound`.
    mutating func number(below bound: Int) -> Int { Int(self.byte()) % bound }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[self.number(below: choices.count)] }

    /// At most `count` bytes: as many as there are.
    mutating func take(_ count: Int) -> [UInt8] {
        let taken = self.rest.prefix(count)
        self.rest = self.rest.dropFirst(count)
        return Array(taken)
    }

    /// A length of one byte, and as many bytes.
    mutating func block() -> [UInt8] { self.take(Int(self.byte())) }

    mutating func all() -> [UInt8] {
        defer { self.rest = [] }
        return Array(self.rest)
    }
}
