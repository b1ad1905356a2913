import NIOCore

/// The fields of a head that the server has read already, so that reading them again does not fail.
package struct HeadFields {
    private var parser = FieldParser()
    /// At first, where the request line ends.
    package private(set) var position: Int

    package init(_ head: Span<UInt8>) {
        self.position = head.firstIndex(of: Byte.lineFeed, in: 0..<head.count).map { $0 + 1 } ?? head.count
    }

    package mutating func next(in head: Span<UInt8>) -> (name: Range<Int>, value: Range<Int>)? {
        guard let step = try? self.parser.next(head, &self.position), step == .field else { return nil }
        return (self.parser.name, self.parser.value)
    }
}

extension RequestHead {
    /// A field that few routes ask for, and that is looked for only then.
    package func field(_ name: StaticString) -> Field {
        let bytes = self.bytes.readableBytesUInt8Span
        var (found, fields) = (Field(), HeadFields(bytes))
        while let field = fields.next(in: bytes) {
            if bytes.equalsIgnoringCase(name, in: field.name) { found.note(bytes.trimmed(field.value)) }
        }
        return found
    }
}
