import Foundation

/// The program of an engine that is named by what it is, or by its path.
enum EngineBinary {
    struct NotFound: Error, CustomStringConvertible {
        let name: String
        var description: String { "--engine: there is no \(self.name); scripts/setup brings redis and valkey" }
    }

    static let names = ["redis", "valkey"]

    static func find(named name: String, path: String = ProcessInfo.processInfo.environment["PATH"] ?? "") throws -> String {
        let candidates: [String]
        if self.names.contains(name) {
            let folders = ServerBinary.roots.map { "\($0)/.venv/engines" } + path.split(separator: ":").map(String.init)
            candidates = folders.map { "\($0)/\(name)-server" }
        } else {
            candidates = [name]
        }
        guard let found = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw NotFound(name: self.names.contains(name) ? "\(name)-server" : "program at \(name)")
        }
        return found
    }
}
