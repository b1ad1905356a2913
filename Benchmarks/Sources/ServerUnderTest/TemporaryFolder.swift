import Foundation
import Synchronization

/// A folder with nothing in it, for the files of a server or an engine. It is removed with this object, and when the tool is interrupted.
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

    deinit { self.remove() }

    /// At once: of what is held until the tool ends, no deinit is called.
    package func remove() {
        let path = self.path
        Self.existing.withLock { if $0.remove(path) != nil { Self.remove(path) } }
    }

    /// Where nothing runs to its end any more that could remove them.
    static func removeAll() {
        Self.existing.withLock { paths in
            paths.forEach(self.remove)
            paths = []
        }
    }

    /// Under the lock: of two who remove one folder at once, each would give up at a file that the other has removed.
    private static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
