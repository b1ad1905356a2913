import ByteScan

/// The name of a process that is a node: drawn at random at each start, and anew where its lease has lapsed.
package struct NodeID: Hashable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    package init?(_ text: String) {
        guard let number = Hex.number(text.utf8) else { return nil }
        self.init(number)
    }

    /// 16 lower-case hexadecimal digits.
    package var text: String { Hex.text(self.number) }
}
