import Foundation

/// The server that is measured if none is named.
enum ServerBinary {
    enum NotFound: Error, CustomStringConvertible {
        case noBuild
        case noProgram(String)

        var description: String {
            switch self {
            case .noBuild:
                "no release build of the server: make one with swift build -c release --product nt-backend-wrtc, "
                    + "or name one with --server-binary"
            case .noProgram(let path): "--server-binary: there is no program at \(path)"
            }
        }
    }

    private static let builds = [".build-release/release/nt-backend-wrtc", ".build/release/nt-backend-wrtc"]

    static func find(named path: String?) throws -> String {
        if let path {
            guard FileManager.default.isExecutableFile(atPath: path) else { throw NotFound.noProgram(path) }
            return path
        }
        guard let newest = self.newest(self.roots.flatMap { root in self.builds.map { root + "/" + $0 } }) else { throw NotFound.noBuild }
        return newest
    }

    /// The repository this was built from, and the folder it is called in.
    static var roots: [String] {
        let source = URL(fileURLWithPath: #filePath)
        return [(0..<5).reduce(source) { url, _ in url.deletingLastPathComponent() }.path, FileManager.default.currentDirectoryPath]
    }

    static func newest(_ paths: [String]) -> String? {
        let dated = paths.compactMap { path -> (path: String, date: Date)? in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (attributes?[.modificationDate] as? Date).map { (path, $0) }
        }
        return dated.max { $0.date < $1.date }?.path
    }
}
