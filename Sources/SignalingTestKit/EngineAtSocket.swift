#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An engine that runs on this machine: `scripts/with-engines` starts them, and says where they are in NT_ENGINES.
package struct EngineAtSocket: Sendable, CustomStringConvertible {
    package let name: String
    package let path: String

    package var description: String { self.name }

    /// As `name=path`, with blanks in between.
    package static let all: [EngineAtSocket] = {
        guard let list = getenv("NT_ENGINES") else { return [] }
        return String(cString: list).split(separator: " ").map { entry in
            let parts = entry.split(separator: "=", maxSplits: 1)
            precondition(parts.count == 2, "NT_ENGINES has an entry that is not name=path")
            return EngineAtSocket(name: String(parts[0]), path: String(parts[1]))
        }
    }()
}
