#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The optional file of `NAME=value` lines.
///
/// swift-configuration's reader of such files ignores what it does not understand. This server refuses a misspelled line and names its
/// number, so the lines are read here and passed to that library's provider as a dictionary.
struct SettingsFile {
    private static let maxBytes = 1 << 20

    let values: [String: String]

    init(path: String, catalogue: [any SettingRow]) throws(SettingsError) {
        guard let text = String(validating: try Self.read(path), as: UTF8.self) else { throw .file(path, "is not UTF-8 text") }
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

    private static func read(_ path: String) throws(SettingsError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
        defer { _ = close(descriptor) }
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = chunk.withUnsafeMutableBytes { space in
                // The pointer is used only within this closure, and for no more bytes than the buffer has.
                systemRead(descriptor, space.baseAddress, space.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.unreadable(path, errno) }
            if count == 0 { return contents }
            contents += chunk.prefix(count)
            guard contents.count <= Self.maxBytes else { throw .file(path, "is larger than \(Self.maxBytes) bytes") }
        }
    }

    private static func unreadable(_ path: String, _ code: CInt) -> SettingsError {
        .file(path, "cannot be read: \(String(cString: strerror(code)))")
    }
}

/// The C library's `read`, which a method of the same name would hide.
private func systemRead(_ descriptor: CInt, _ space: UnsafeMutableRawPointer?, _ count: Int) -> Int { read(descriptor, space, count) }
