/// Reads values of DER one after the other: as much of it as names in certificates take.
struct DERReader {
    struct Value {
        let tag: UInt8
        let contents: ArraySlice<UInt8>
        /// With tag and length.
        let whole: ArraySlice<UInt8>

        /// What is inside of a value that is made of others.
        var reader: DERReader { DERReader(self.contents) }
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.rest = bytes }

    /// Nil at the end, and where there is no value.
    mutating func next() -> Value? {
        let start = self.rest
        guard let tag = self.rest.popFirst(), tag & 0x1f != 0x1f, let length = self.length(), length <= self.rest.count else { return nil }
        let contents = self.rest.prefix(length)
        self.rest = self.rest.dropFirst(length)
        return Value(tag: tag, contents: contents, whole: start.prefix(contents.endIndex - start.startIndex))
    }

    /// The next value if it has this tag.
    mutating func next(_ tag: UInt8) -> Value? {
        guard self.rest.first == tag else { return nil }
        return self.next()
    }

    private mutating func length() -> Int? {
        guard let first = self.rest.popFirst() else { return nil }
        if first < 0x80 { return Int(first) }
        let count = Int(first & 0x7f)
        // Four bytes are more than any file that is read here has.
        guard (1...4).contains(count), self.rest.count >= count else { return nil }
        let length = self.rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
        self.rest = self.rest.dropFirst(count)
        return length
    }
}

enum DERTag {
    static let objectIdentifier: UInt8 = 0x06
    static let octetString: UInt8 = 0x04
    static let boolean: UInt8 = 0x01
    static let integer: UInt8 = 0x02
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31
    static let version: UInt8 = 0xa0
    static let extensions: UInt8 = 0xa3
    static let dnsName: UInt8 = 0x82
    static let ipAddress: UInt8 = 0x87
}
