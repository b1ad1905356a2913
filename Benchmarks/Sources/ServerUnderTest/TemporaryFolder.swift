import Foundation
import Synchronization

/// A folder with nothing in it, for a server's files. It is removed with this object, and when the tool is interrupted.
package final class TemporaryFolder: Sendable {
    private static let existing = Mutex<Set<String>>([])

    package let path: String

    /// Where such folders are; TMPDIR says where.
    package static var parent: String { FileManager.default.temporaryDirectory.path }

    package init() throws {
        self.path = FileManager.default.temporaryDirectory.appendingPathComponent("server-files-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: false)
        let path = self.path
        Self.existing.withLock { _ = $0.insert(path) }
    }

    deinit {
        let path = self.path
        Self.existing.withLock { _ = $0.remove(path) }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Nothing runs to its end any more that could remove them.
    static func removeAll() {
        let paths = Self.existing.withLock { $0 }
        for path in paths { try? FileManager.default.removeItem(atPath: path) }
    }
}
