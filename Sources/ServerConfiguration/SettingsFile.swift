/// The optional file of `NAME=value` lines.
///
/// swift-configuration's reader of such files ignores what it does not understand. This server refuses a misspelled line and names its
/// number, so the lines are read here and passed to that library's provider as a dictionary.
struct SettingsFile {
    let values: [String: String]

    init(path: String, catalogue: [any SettingRow]) throws(SettingsError) {
        let bytes: [UInt8]
        do {
            bytes = try FileContents.read(path, atMost: 1 << 20)
        } catch {
            throw .file(path, error.reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .file(path, "is not UTF-8 text") }
        try self.init(text: text, path: path, catalogue: catalogue)
    }

    init(text: String, path: String, catalogue: [any SettingRow]) throws(SettingsError) {
        let known = Set(catalogue.flatMap(\.names))
        var values: [String: String] = [:]
        // By scalars: "\r\n" is one Character and would not match "\n".
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, scalars) in lines.enumerated() {
            let line = Substring(scalars).trimmingSpaces()
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let equals = line.firstIndex(of: "="), equals > line.startIndex else {
                throw .file(path, line: index + 1, "\"\(line.excerpt)\" is not NAME=value")
            }
            let name = line[..<equals].trimmingSpaces()
            guard known.contains(name) else { throw .file(path, line: index + 1, "there is no setting \"\(name.excerpt)\"") }
            guard let value = Self.value(line[line.index(after: equals)...].trimmingSpaces()) else {
                throw .file(path, line: index + 1, "the quotes of \(name) are not closed, or text follows them")
            }
            guard values.updateValue(value, forKey: name) == nil else { throw .file(path, line: index + 1, "\(name) is set a second time") }
        }
        self.values = values
    }

    /// Quotes are removed; outside them, a `#` after a space starts a comment.
    private static func value(_ text: String) -> String? {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            if text.hasPrefix("#") { return "" }
            let comment = text.indices.first { text[$0] == "#" && text[text.index(before: $0)].isWhitespace }
            return text[..<(comment ?? text.endIndex)].trimmingSpaces()
        }
        let body = text.dropFirst()
        guard let end = body.firstIndex(of: quote) else { return nil }
        let rest = body[body.index(after: end)...].trimmingSpaces()
        return rest.isEmpty || rest.hasPrefix("#") ? String(body[..<end]) : nil
    }
}
