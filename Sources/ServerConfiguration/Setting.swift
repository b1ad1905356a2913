/// One row of the catalogue: a variable, its flag, and how its text becomes a field of `ServerSettings`.
package struct Setting: Sendable {
    package let name: String
    /// Earlier names of the variable, read from the environment and the file.
    package let aliases: [String]
    package let placeholder: String
    /// What a value may be, as the end of a sentence: "must be …".
    package let allowed: String
    package let defaultText: String
    package let help: String
    package let isSecret: Bool
    let emptyIsValue: Bool
    /// Sets the field, or says why the text is refused.
    let assign: @Sendable (_ text: String, _ settings: inout ServerSettings) -> Refusal?
    /// The value in force, in its canonical spelling.
    let text: @Sendable (ServerSettings) -> String

    struct Refusal {
        let reason: String
    }

    init<Value>(
        _ name: String,
        _ field: any WritableKeyPath<ServerSettings, Value> & Sendable,
        _ syntax: ValueSyntax<Value>,
        aliases: [String] = [],
        isSecret: Bool = false,
        _ help: String
    ) {
        self.name = name
        self.aliases = aliases
        self.placeholder = syntax.placeholder
        self.allowed = syntax.allowed
        self.defaultText = syntax.print(ServerSettings()[keyPath: field])
        self.help = help
        self.isSecret = isSecret
        self.emptyIsValue = syntax.emptyIsValue
        self.assign = { text, settings in
            guard let value = syntax.parse(text) else { return Refusal(reason: syntax.explain(text) ?? syntax.allowed) }
            settings[keyPath: field] = value
            return nil
        }
        self.text = { syntax.print($0[keyPath: field]) }
    }

    /// `HTTP_RATE_PER_MIN` is `--http-rate-per-min`.
    package var flag: String { "--" + self.flagName }

    var flagName: String { self.name.lowercased().split(separator: "_").joined(separator: "-") }

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
