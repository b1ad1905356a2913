import ArgumentParser

/// Every setting as a flag, which a command includes by `@OptionGroup`.
///
/// The parser finds a type's options by reflection and fills them in by decoding. Here it has to find the rows of the catalogue, so both
/// are written by hand: the mirror makes an option from each row, and the decoder is asked for each by its variable.
///
/// The flags carry text. The loader checks it, like text from the environment or the file.
package struct SettingFlags: ParsableArguments, CustomReflectable {
    /// The flags that were given, by variable name.
    package private(set) var given: [String: String] = [:]
    /// The file that `--config` names.
    package private(set) var config: String?

    package init() {}

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func text(_ name: String) throws -> String? {
            try container.decode(Option<String?>.self, forKey: Key(stringValue: name)).wrappedValue
        }
        self.config = try text(Self.configKey)
        for setting in SettingsCatalogue.all { self.given[setting.name] = try text(setting.name) }
    }

    package var customMirror: Mirror {
        let config = Option<String?>(name: .customLong("config"), help: ArgumentHelp("File of NAME=value lines.", valueName: "file"))
        let settings = SettingsCatalogue.all.map { setting in
            (setting.name, Option<String?>(name: .customLong(setting.flagName), help: setting.argumentHelp))
        }
        return Mirror(self, children: ([(Self.configKey, config)] + settings).map { (label: $0, value: $1) })
    }

    private static let configKey = "config"

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }
}

extension SettingRow {
    fileprivate var argumentHelp: ArgumentHelp {
        let older = self.aliases.isEmpty ? "" : "; older name: " + self.aliases.joined(separator: ", ")
        let value = self.defaultText.isEmpty ? "empty" : self.defaultText
        return ArgumentHelp("\(self.help) (default: \(value)\(older))", valueName: self.placeholder)
    }
}
