import Foundation
import ModuleBundler

/// Writes files as Swift source: `embed-web OUTPUT FOLDER...`. A script with a folder `modules` beside it is the entry module of these; the
/// tool writes the one file that the bundler makes of them.
@main
enum EmbedWeb {
    static func main() {
        do {
            try Self.embed(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(1)
        }
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static func embed(_ arguments: [String]) throws {
        guard let output = arguments.first else { throw Failure(description: "embed-web OUTPUT FOLDER...") }
        var source = "extension WebFile {\n    package static let all: [WebFile] = [\n"
        for path in arguments.dropFirst() {
            let folder = URL(filePath: path, directoryHint: .isDirectory)
            for (name, text) in try Self.servedFiles(in: folder) {
                source += "        WebFile(folder: .\(folder.lastPathComponent), name: \(Self.literal(name)), "
                source += "text: \(Self.literal(text))),\n"
            }
        }
        source += "    ]\n}\n"
        try Data(source.utf8).write(to: URL(filePath: output))
    }

    /// The files in the order of their names, so that the same files give the same server.
    private static func servedFiles(in folder: URL) throws -> [(name: String, text: String)] {
        let modules = try Self.texts(in: folder.appending(path: "modules", directoryHint: .isDirectory))
        return try Self.texts(in: folder).sorted { $0.key < $1.key }.map { name, text in
            guard !modules.isEmpty, name.hasSuffix(".js") else { return (name, text) }
            var files = Dictionary(uniqueKeysWithValues: modules.map { ("modules/\($0)", $1) })
            files[name] = text
            do {
                return (name, try Bundler.bundle(entry: name, files: files))
            } catch let error as BundleFaults {
                throw Failure(description: error.faults.map { "\(folder.path)/\($0)" }.joined(separator: "\n"))
            }
        }
    }

    /// The files of a folder by name; none if there is no such folder.
    private static func texts(in folder: URL) throws -> [String: String] {
        guard FileManager.default.fileExists(atPath: folder.path) else { return [:] }
        var texts: [String: String] = [:]
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil, options: .skipsHiddenFiles) {
            if try file.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true { continue }
            guard let text = String(validating: try Data(contentsOf: file), as: UTF8.self) else {
                throw Failure(description: "\(file.path): only text in UTF-8 can be served")
            }
            texts[file.lastPathComponent] = text
        }
        return texts
    }

    /// A string literal on one line, so that no line ending changes.
    private static func literal(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": literal += "\\\(scalar)"
            case "\n": literal += "\\n"
            case _ where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format:
                literal += "\\u{\(String(scalar.value, radix: 16))}"
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }
}
