import Foundation
import ICECore
import ServerConfiguration

extension FuzzTarget {
    /// The first byte chooses among a settings file, one variable's value, a duration, and all three sources at once.
    static let configuration = FuzzTarget(
        name: "configuration", summary: "settings: files, values, durations",
        maxLength: 1024, briefRuns: 50_000,
        makeCheck: {
            let check = ConfigurationCheck()
            return { input in
                var cursor = InputCursor(input)
                switch cursor.number(below: 4) {
                case 0: try check.file(cursor.all())
                case 1: try check.value(&cursor)
                case 2: try check.duration(cursor.all())
                default: try check.allSources(&cursor)
                }
            }
        })
}

/// A refusal is a line for each thing that is wrong, which it names; what is accepted, printed and read again is the same.
final class ConfigurationCheck {
    private static let settings = SettingsCatalogue.all
    /// A file without a name: nothing is left of it however the program ends, and its path is the same in each run.
    private let descriptor: CInt
    private var path: String { "/dev/fd/\(self.descriptor)" }

    init() {
        guard let stream = tmpfile() else { fatalError("no temporary file can be made: \(String(cString: strerror(errno)))") }
        // Never closed: it is needed for as long as the process runs.
        self.descriptor = fileno(stream)
    }

    private func write(_ text: [UInt8]) throws {
        let isWritten =
            ftruncate(self.descriptor, 0) == 0 && pwrite(self.descriptor, text, text.count, 0) == text.count
            && lseek(self.descriptor, 0, SEEK_SET) == 0
        try expect(isWritten, "the settings file cannot be written: \(String(cString: strerror(errno)))")
    }

    func file(_ text: [UInt8]) throws {
        try self.write(text)
        try self.load(flags: [:], environment: [:], file: self.path)
    }

    func value(_ input: inout InputCursor) throws {
        let setting = input.pick(Self.settings)
        let isFlag = input.byte() & 1 == 1
        let given = [setting.name: String(decoding: input.all(), as: UTF8.self)]
        try self.load(flags: isFlag ? given : [:], environment: isFlag ? [:] : given, names: [setting.name])
    }

    func allSources(_ input: inout InputCursor) throws {
        var sources: [[String: String]] = [[:], [:]]
        var names: Set<String> = []
        for source in sources.indices {
            for _ in 0..<input.number(below: 4) {
                let setting = input.pick(Self.settings)
                let name = source == 1 ? setting.aliases.first ?? setting.name : setting.name
                sources[source][name] = String(decoding: input.block(), as: UTF8.self)
                names.insert(name)
            }
        }
        try self.write(input.all())
        try self.load(flags: sources[0], environment: sources[1], file: self.path, names: names)
    }

    func duration(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let duration = GoDuration.parse(text) else { return }
        try expect(duration >= .zero, "\(shown(bytes)) is negative: \(duration)")
        let printed = GoDuration.text(duration)
        try expect(GoDuration.parse(printed) == duration, "\(shown(bytes)) is printed as \(printed), and read again as another")
        // Zeros in front of a number change nothing.
        if text != "0" { try expect(GoDuration.parse("0" + text) == duration, "\(shown(bytes)) with a zero before it is another") }
    }

    private func load(flags: [String: String], environment: [String: String], file: String? = nil, names: Set<String>? = nil) throws {
        let loaded: LoadedSettings
        do throws(SettingsError) {
            loaded = try SettingsLoader.load(flags: flags, environment: environment, file: file)
        } catch {
            for fault in error.faults { try self.checkRefusal(fault.line, file: file, names: names) }
            return try expect(!error.faults.isEmpty && error.faults.count <= Self.settings.count * 2 + 22, "a refusal without bounds")
        }
        try self.checkTable(loaded.table)
        try self.checkPrinted(loaded)
    }

    private func checkRefusal(_ line: String, file: String?, names: Set<String>?) throws {
        try expect(
            !line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F || $0.value == 0x2028 },
            "a refusal on several lines: \(line)")
        try expect(line.utf8.count <= 2048, "a refusal of \(line.utf8.count) bytes")
        let known = Self.settings.flatMap { [$0.name] + $0.aliases }
        let namesVariable = known.contains { line.utf8.starts(with: "\($0)=".utf8) }
        let namesPlace = file.map { line.utf8.starts(with: $0.utf8) } ?? false
        try expect(namesVariable || namesPlace, "a refusal that names neither variable nor file: \(line)")
        if let names, file == nil, namesVariable {
            // TLS_KEY_FILE is told of its certificate and the other way round, CODE_DIGITS of its bound.
            let isOfGiven = names.contains { line.contains($0) } || line.contains("CODE_DIGITS")
            try expect(isOfGiven, "a refusal of another variable than \(names): \(line)")
        }
    }

    private func checkTable(_ table: String) throws {
        let lines = table.split(separator: "\n", omittingEmptySubsequences: false)
        try expect(lines.count == Self.settings.count + 2, "the table has \(lines.count) lines for \(Self.settings.count) settings")
    }

    /// Every value prints so that it can be given again.
    private func checkPrinted(_ loaded: LoadedSettings) throws {
        var printed = Dictionary(uniqueKeysWithValues: loaded.origins.map { ($0.name, $0.value) })
        var expected = loaded.settings
        for setting in Self.settings {
            guard let given = Self.givenInstead(of: setting.text(in: loaded.settings), of: setting) else { continue }
            printed[setting.name] = given
            let refusal = setting.assign(given, in: &expected)
            try expect(refusal == nil, "\(setting.name)=\(given) is refused: \(refusal ?? "")")
        }
        let again: LoadedSettings
        do throws(SettingsError) {
            again = try SettingsLoader.load(flags: [:], environment: printed, file: nil)
        } catch {
            throw Finding("what was printed is refused: \(error)")
        }
        // Printed without what may be secret in them.
        expected.iceServersURL = expected.iceServersURL.flatMap { ServiceURL($0.shown) }
        expected.authWebhookURL = expected.authWebhookURL.flatMap { ServiceURL($0.shown) }
        if case .url(let url) = expected.authJWKS { expected.authJWKS = ServiceURL(url.shown).map { .url($0) } }
        expected.iceServers = try expected.iceServers.map { try ICEServerList(parsing: $0.shown) }
        try expect(again.settings == expected, "what was printed is read as other settings: \(printed)")
    }

    /// What is given again in place of a value that is printed as something else; nil for all others.
    private static func givenInstead(of text: String, of setting: any SettingRow) -> String? {
        if text.isEmpty { return nil }
        // Hidden where it is printed.
        if setting.isSecret { return text }
        switch setting.placeholder {
        // A path may have characters that would spoil a terminal, and is printed without. That there is one matters to other settings.
        case "file": return "/file"
        case "file|url": return text.contains("://") ? nil : "/file"
        // The same, and a password may be in there.
        case "place": return text == "memory" ? nil : text.hasPrefix("sqlite:") ? "sqlite:///file" : "valkey://engine"
        default: return nil
        }
    }
}
