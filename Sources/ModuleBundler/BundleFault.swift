/// What keeps modules from being joined, and where.
package struct BundleFault: Error, Equatable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let what: String

    package var description: String { "\(self.file):\(self.line): \(self.what)" }
}

/// One line for each.
package struct BundleFaults: Error, CustomStringConvertible {
    package let faults: [BundleFault]

    package var description: String { self.faults.map(\.description).joined(separator: "\n") }
}
