import Foundation

/// Writes files as Swift source: `embed-web OUTPUT FOLDER...`.
@main
enum EmbedWeb {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let output = arguments.first else { throw Failure(description: "embed-web OUTPUT FOLDER...") }
        var source = "extension WebFile {\n    package static let all: [WebFile] = [\n"
        for folder in arguments.dropFirst() {
            let folder = URL(filePath: folder, directoryHint: .isDirectory)
            for file in try Self.files(in: folder) {
                source += "        WebFile(folder: .\(folder.lastPathComponent), name: \(Self.literal(file.lastPathComponent)), "
                source += "text: \(Self.literal(try Self.text(of: file)))),\n"
            }
        }
        source += "    ]\n}\n"
        try Data(source.utf8).write(to: URL(filePath: output))
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// In the order of their names, so that the same files make the same server.
    private static func files(in folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    private static func text(of file: URL) throws -> String {
        guard let text = String(validating: try Data(contentsOf: file), as: UTF8.self) else {
            throw Failure(description: "\(file.path): only text in UTF-8 can be served")
        }
        return text
    }

    /// On one line, so that no line ending is taken for another.
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
