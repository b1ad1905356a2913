import Foundation
import ModuleBundler

/// Writes files as Swift source: `embed-web OUTPUT FOLDER...`. Where a folder has folders in it, these hold modules, and the scripts beside
/// them are their entry modules: of each the tool writes the one file that the bundler makes. A script whose name ends in `-worker.js` is
/// written as it is, and a picture in Base64.
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
                source += "text: \(Self.literal(text)), isBase64: \(Self.isPicture(name))),\n"
            }
        }
        source += "    ]\n}\n"
        try Data(source.utf8).write(to: URL(filePath: output))
    }

    /// The files in the order of their names, so that the same files give the same server.
    private static func servedFiles(in folder: URL) throws -> [(name: String, text: String)] {
        var files = try Self.texts(in: folder)
        var modules: [String: String] = [:]
        for name in try Self.folders(in: folder) {
            for (file, text) in try Self.texts(in: folder.appending(path: name, directoryHint: .isDirectory)) {
                modules["\(name)/\(file)"] = text
            }
        }
        if !modules.isEmpty {
            let scripts = files.filter { name, _ in name.hasSuffix(".js") && !name.hasSuffix("-worker.js") }
            let sources = modules.merging(scripts) { $1 }
            do {
                let joined = try Bundler.bundle(entries: Set(scripts.keys), assets: Set(files.keys), files: sources)
                files.merge(joined) { $1 }
            } catch {
                throw Failure(description: error.faults.map { "\(folder.path)/\($0)" }.joined(separator: "\n"))
            }
        }
        return files.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func folders(in folder: URL) throws -> [String] {
        try Self.contents(of: folder).filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }.map(
            \.lastPathComponent)
    }

    private static func contents(of folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isDirectoryKey], options: .skipsHiddenFiles)
    }

    /// The files of a folder by name.
    private static func texts(in folder: URL) throws -> [String: String] {
        var texts: [String: String] = [:]
        for file in try Self.contents(of: folder) {
            if try file.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true { continue }
            let (name, data) = (file.lastPathComponent, try Data(contentsOf: file))
            guard let text = Self.isPicture(name) ? Self.base64(data) : String(validating: data, as: UTF8.self) else {
                throw Failure(description: "\(file.path): only text in UTF-8, and pictures (.png), can be served")
            }
            texts[name] = text
        }
        return texts
    }

    private static func isPicture(_ name: String) -> Bool { name.hasSuffix(".png") }

    private static func base64(_ data: Data) -> String { String(data.base64EncodedString().prefix { $0 != "=" }) }

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
