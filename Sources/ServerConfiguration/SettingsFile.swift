/// The optional file of `NAME=value` lines.
///
/// swift-configuration's reader of such files ignores what it does not understand. This server refuses a misspelled line and names its
/// number, so the lines are read here and passed to that library's provider as a dictionary.
struct SettingsFile {
    private(set) var values: [String: String] = [:]
    /// A line for each that is not understood; one more says how many there are past `mostFaults`.
    private(set) var faults: [SettingsFault] = []

    /// Whether it is a text that could be read.
    private(set) var isRead = true

    private static let mostFaults = 20

    init(path: String, catalogue: [any SettingRow]) {
        let bytes: [UInt8]
        do {
            bytes = try FileContents.read(path, atMost: 1 << 20)
        } catch {
            self.init(faults: [.file(path, error.reason)])
            return
        }
        if let text = String(validating: bytes, as: UTF8.self) {
            self.init(text: text, path: path, catalogue: catalogue)
        } else {
            self.init(faults: [.file(path, "is not UTF-8 text")])
        }
    }

    /// Of a file that is none.
    private init(faults: [SettingsFault]) {
        self.faults = faults
        self.isRead = false
    }

    init(text: String, path: String, catalogue: [any SettingRow]) {
        let known = Set(catalogue.flatMap(\.names))
        var omitted = 0
        // By scalars: "\r\n" is one Character and would not match "\n".
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, scalars) in lines.enumerated() {
            guard let reason = self.take(Substring(scalars).trimmingSpaces(), known: known) else { continue }
            if self.faults.count < Self.mostFaults {
                self.faults.append(.file(path, line: index + 1, reason))
            } else {
                omitted += 1
            }
        }
        if omitted > 0 { self.faults.append(.file(path, "\(omitted) more lines are not understood")) }
    }

    /// Takes one line, or returns why it is not understood.
    private mutating func take(_ line: String, known: Set<String>) -> String? {
        if line.isEmpty || line.hasPrefix("#") { return nil }
        guard let equals = line.firstIndex(of: "="), equals > line.startIndex else { return "\"\(line.excerpt)\" is not NAME=value" }
        let name = line[..<equals].trimmingSpaces()
        guard known.contains(name) else { return "there is no setting \"\(name.excerpt)\"" }
        guard let value = Self.value(line[line.index(after: equals)...].trimmingSpaces()) else {
            return "the quotes of \(name) are not closed, or text follows them"
        }
        guard self.values[name] == nil else { return "\(name) is set a second time" }
        self.values[name] = value
        return nil
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
