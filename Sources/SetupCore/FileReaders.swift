/// A file that a setting names, and who may read it.
package struct FileReaders: Sendable, Equatable {
    package let variable: String
    package let path: String
    /// The bits of its mode that say who may what.
    package let mode: Int
    package let owner: String
    package let group: String

    package init(variable: String, path: String, mode: Int, owner: String, group: String) {
        self.variable = variable
        self.path = path
        self.mode = mode & 0o777
        self.owner = owner
        self.group = group
    }

    /// Of a file that holds a secret.
    package var finding: Finding {
        let given = "\(self.variable)=\(self.path)"
        if self.mode & 0o004 != 0 {
            return Finding(
                .warning, .secretReadableByAll, self.variable, "\(given): every user of this machine can read it",
                "chmod o= \(self.path), and see that its owner or group is the server's")
        }
        let readers = "its owner \(self.owner)" + (self.mode & 0o040 != 0 ? " and the group \(self.group)" : "")
        let digits = String(self.mode, radix: 8)
        let mode = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return Finding(.info, .fileReaders, self.variable, "\(given): is read by \(readers) (\(mode))")
    }
}
