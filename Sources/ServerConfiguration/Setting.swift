/// One row of the catalogue: all there is to know about a setting.
package struct Setting<Value: Sendable & Equatable>: SettingRow {
    package let name: String
    /// Earlier names of the variable, read from the environment and the file.
    package let aliases: [String]
    package let help: String
    package let isSecret: Bool
    /// What holds where the setting is not given.
    let standard: Value
    /// What holds where the setting is not given, if that depends on other settings: made of these and of `standard`.
    let following: (@Sendable (ServerSettings, Value) -> Value)?
    private let syntax: ValueSyntax<Value>

    init(
        _ name: String,
        _ syntax: ValueSyntax<Value>,
        default standard: Value,
        following: (@Sendable (_ others: ServerSettings, _ standard: Value) -> Value)? = nil,
        aliases: [String] = [],
        isSecret: Bool = false,
        _ help: String
    ) {
        self.name = name
        self.syntax = syntax
        self.standard = standard
        self.following = following
        self.aliases = aliases
        self.isSecret = isSecret
        self.help = help
    }

    package var placeholder: String { self.syntax.placeholder }
    package var allowed: String { self.syntax.allowed }
    package var range: String { self.syntax.range }
    package var emptyIsValue: Bool { self.syntax.emptyIsValue }
    package var defaultText: String { self.syntax.print(self.standard) }
    package var followsOthers: Bool { self.following != nil }

    package func assign(_ text: String, in settings: inout ServerSettings) -> String? {
        guard let value = self.syntax.parse(text) else { return self.syntax.explain(text) ?? self.syntax.allowed }
        settings[self] = value
        return nil
    }

    package func follow(in settings: inout ServerSettings) {
        if let following { settings[self] = following(settings, self.standard) }
    }

    package func text(in settings: ServerSettings) -> String { self.syntax.print(settings[self]) }

    package func isEqual(in one: ServerSettings, and other: ServerSettings) -> Bool { one[self] == other[self] }
}

/// A row whatever its values are: what the loader and everything that lists the settings go by.
package protocol SettingRow: Sendable {
    var name: String { get }
    var aliases: [String] { get }
    /// What stands for the value in `--help`.
    var placeholder: String { get }
    /// What a value may be, as the end of a sentence: "must be …".
    var allowed: String { get }
    /// The same in a few words of Markdown, for a table; empty where `help` says it.
    var range: String { get }
    var defaultText: String { get }
    /// Whether the default may be another, as other settings have it.
    var followsOthers: Bool { get }
    var help: String { get }
    var isSecret: Bool { get }
    /// Whether an empty value says something, rather than "not set".
    var emptyIsValue: Bool { get }

    /// Sets the value, or answers why the text is refused.
    func assign(_ text: String, in settings: inout ServerSettings) -> String?
    /// Called where the setting is not given, when all that are given have been assigned.
    func follow(in settings: inout ServerSettings)
    /// The value in force, in its canonical spelling.
    func text(in settings: ServerSettings) -> String
    func isEqual(in one: ServerSettings, and other: ServerSettings) -> Bool
}

extension SettingRow {
    /// `HTTP_RATE_PER_MIN` is `--http-rate-per-min`.
    package var flag: String { "--" + self.flagName }

    var flagName: String { self.name.lowercased().split(separator: "_").joined(separator: "-") }

    /// The variable, and what it was called before.
    package var names: [String] { [self.name] + self.aliases }

    /// `value` fit for one line of a terminal, unless it is not to be shown at all.
    package func shown(_ value: String) -> String {
        self.isSecret && !value.isEmpty ? "<hidden>" : value.onOneLine
    }

    /// As `shown`, but short enough to stand within a sentence.
    func excerpt(of value: String) -> String { self.isSecret ? self.shown(value) : value.excerpt }
}

extension String {
    /// Control characters spelled out, so that no value can break or recolour the line it is reported on.
    var onOneLine: String { self.unicodeScalars.map(\.onOneLine).joined() }

    /// The beginning, on one line. Counted in bytes: what looks like one character may have any number of them.
    var excerpt: String {
        var line = ""
        for scalar in self.unicodeScalars {
            let piece = scalar.onOneLine
            guard line.utf8.count + piece.utf8.count <= 200 else { return line + "…" }
            line += piece
        }
        return line
    }
}

extension Unicode.Scalar {
    fileprivate var onOneLine: String {
        switch self.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .format: self.escaped(asASCII: true)
        default: String(self)
        }
    }
}
