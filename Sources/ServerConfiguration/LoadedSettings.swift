/// The settings in force and where each came from.
package struct LoadedSettings: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let name: String
        /// In its canonical spelling; hidden if it is a secret.
        package let value: String
        package let origin: SettingOrigin
    }

    package let settings: ServerSettings
    /// In the order of the catalogue.
    package let origins: [Entry]

    package subscript(name: String) -> Entry? { self.origins.first { $0.name == name } }

    /// What `config` prints: one setting a line, in columns.
    package var table: String {
        let rows = [("NAME", "VALUE", "ORIGIN")] + self.origins.map { ($0.name, $0.value.isEmpty ? "-" : $0.value, $0.origin.description) }
        let nameWidth = rows.map(\.0.count).max() ?? 0
        let valueWidth = rows.map(\.1.count).max() ?? 0
        return rows.map { row in row.0.padded(to: nameWidth) + "  " + row.1.padded(to: valueWidth) + "  " + row.2 + "\n" }.joined()
    }

    func described(_ name: String) -> String { self[name].map { "\($0.value) (\($0.origin))" } ?? "not set" }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - self.count)) }
}
