import Foundation
import ServerUnderTest

/// What STORE of one run names: a file that nobody has written before.
final class StoreFile: Sendable {
    private let folder: TemporaryFolder

    init() throws { self.folder = try TemporaryFolder() }

    var setting: String { Self.setting(folder: self.folder.path) }

    /// How a report names it, as each run has another.
    static var anySetting: String { self.setting(folder: "\(TemporaryFolder.parent)/…") }

    private static func setting(folder: String) -> String { "sqlite://\(folder)/state.db" }

    /// In bytes.
    struct Size: Equatable {
        /// The file and its write-ahead log.
        var all: Int
        var log: Int
    }

    var size: Size {
        let log = self.bytes(of: "state.db-wal")
        return Size(all: self.bytes(of: "state.db") + log, log: log)
    }

    /// None where there is no such file.
    private func bytes(of name: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: "\(self.folder.path)/\(name)")
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }
}
