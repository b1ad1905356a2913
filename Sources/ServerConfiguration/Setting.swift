/// What comes of another value when a running server is told to read its settings again. The files of TLS, keys and secrets are read again
/// whatever has changed.
package enum Reload: Sendable {
    /// It waits for the next start.
    case atStart
    case taken
    /// It is taken in place of another, while to set or unset it waits for the next start.
    case replaced
}

/// One row of the catalogue: everything about a setting.
package struct Setting<Value: Sendable & Equatable>: SettingRow {
    package let name: String
    /// Earlier names of the variable, still read from the environment and the file.
    package let aliases: [String]
    package let help: String
    package let isSecret: Bool
    package let reload: Reload
    /// The value if the setting is not given.
    let standard: Value
    /// Makes the value of a setting that is not given from the other settings and `standard`; nil if it is always `standard`.
    let following: (@Sendable (ServerSettings, Value) -> Value)?
    private let syntax: ValueSyntax<Value>

    init(
        _ name: String,
        _ syntax: ValueSyntax<Value>,
        default standard: Value,
        following: (@Sendable (_ others: ServerSettings, _ standard: Value) -> Value)? = nil,
        aliases: [String] = [],
        isSecret: Bool = false,
        reload: Reload = .atStart,
        _ help: String
    ) {
        self.name = name
        self.syntax = syntax
        self.standard = standard
        self.following = following
        self.aliases = aliases
        self.isSecret = isSecret
        self.reload = reload
        self.help = help
    }

    package var placeholder: String { self.syntax.placeholder }
    package var allowed: String { self.syntax.allowed }
    package var range: String { self.syntax.range }
    package var emptyIsValue: Bool { self.syntax.emptyIsValue }
    package func hide(_ text: String) -> String { self.syntax.hide(text) }
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

    package func copy(from other: ServerSettings, to settings: inout ServerSettings) { settings[self] = other[self] }

    package func isEqual(in one: ServerSettings, and other: ServerSettings) -> Bool { one[self] == other[self] }
}

/// A row with any type of value, for the loader and everything that lists the settings.
package protocol SettingRow: Sendable {
    var name: String { get }
    var aliases: [String] { get }
    /// The placeholder for the value in `--help`.
    var placeholder: String { get }
    /// What a value may be, as the end of a sentence: "must be …".
    var allowed: String { get }
    /// The same in a few words of Markdown, for a table; empty if `help` says it.
    var range: String { get }
    var defaultText: String { get }
    /// Whether the default depends on other settings.
    var followsOthers: Bool { get }
    var help: String { get }
    var isSecret: Bool { get }
    /// Whether an empty value has a meaning, rather than "not set".
    var emptyIsValue: Bool { get }
    /// The text with what must not be shown of it taken out.
    func hide(_ text: String) -> String

    /// Sets the value, or returns why the text is refused.
    func assign(_ text: String, in settings: inout ServerSettings) -> String?
    /// Called if the setting is not given, after all given ones have been assigned.
    func follow(in settings: inout ServerSettings)
    /// The value in force, in its canonical spelling.
    func text(in settings: ServerSettings) -> String
    var reload: Reload { get }
    func copy(from other: ServerSettings, to settings: inout ServerSettings)
    func isEqual(in one: ServerSettings, and other: ServerSettings) -> Bool
}

extension SettingRow {
    /// `HTTP_RATE_PER_MIN` is `--http-rate-per-min`.
    package var flag: String { "--" + self.flagName }

    var flagName: String { self.name.lowercased().split(separator: "_").joined(separator: "-") }

    /// The variable's name and its earlier names.
    package var names: [String] { [self.name] + self.aliases }

    /// `value` in a form for one line of a terminal, or a placeholder if it is secret.
    package func shown(_ value: String) -> String {
        self.isSecret && !value.isEmpty ? "<hidden>" : value.onOneLine
    }

    /// Like `shown`, but short enough for a sentence.
    func excerpt(of value: String) -> String { self.isSecret ? self.shown(value) : self.hide(value).excerpt }
}

extension String {
    /// With control characters escaped, so that no value can break or recolour the line it is reported on.
    var onOneLine: String { self.unicodeScalars.map(\.onOneLine).joined() }

    /// The beginning, on one line. Its length is counted in bytes: one visible character may have any number of them.
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
