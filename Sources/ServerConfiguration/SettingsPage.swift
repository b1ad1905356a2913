import ArgumentParser

/// A file of the repository that lists every setting. scripts/generate writes its list, and a test compares it with the catalogue.
package enum SettingsPage: String, CaseIterable, ExpressibleByArgument {
    case configuration = "docs/configuration.md"
    case compose = "compose.yaml"

    /// The list, with the marker lines before and after it.
    package var text: String {
        switch self {
        case .configuration:
            """
            <!-- Written by scripts/generate: settings -->
            | Variable | Default | Meaning |
            | --- | --- | --- |
            \(SettingsCatalogue.all.map(\.tableRow).joined(separator: "\n"))
            <!-- end of settings -->

            """
        case .compose:
            """
                  # Written by scripts/generate: settings
            \(SettingsCatalogue.all.map(\.composeLine).joined(separator: "\n"))
                  # end of settings

            """
        }
    }
}

extension SettingRow {
    fileprivate var tableRow: String {
        let standard = self.defaultText.isEmpty ? "empty" : "`\(self.defaultText)`"
        let range = self.range.isEmpty ? "" : " \(self.range)."
        let older = self.aliases.isEmpty ? "" : " Older name: " + self.aliases.map { "`\($0)`" }.joined(separator: ", ") + "."
        return "| `\(self.name)` | \(standard) | \(self.help)\(range)\(older) |"
    }

    /// The shell's value of the variable, else its default, which is left to the server if it depends on other settings.
    fileprivate var composeLine: String {
        // ":-" uses the default for an empty value too, "-" only for a missing one.
        let operation = self.emptyIsValue && !self.defaultText.isEmpty ? "-" : ":-"
        return #"      \#(self.name): "${\#(self.name)\#(operation)\#(self.followsOthers ? "" : self.defaultText)}""#
    }
}
