/// Why modules cannot be joined, and where.
package struct BundleFault: Error, Equatable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let what: String

    package var description: String { "\(self.file):\(self.line): \(self.what)" }
}

/// All faults; the description has one line for each.
package struct BundleFaults: Error, CustomStringConvertible {
    package let faults: [BundleFault]

    package var description: String { self.faults.map(\.description).joined(separator: "\n") }
}
