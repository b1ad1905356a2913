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

    /// Checks the rules for combinations of values. The error names the value that the operator wrote rather than a default.
    func checkTogether() throws(SettingsError) {
        if (self.settings.tlsCertificateFile == nil) != (self.settings.tlsKeyFile == nil) {
            let (set, missing) = self.settings.tlsKeyFile == nil ? ("TLS_CERT_FILE", "TLS_KEY_FILE") : ("TLS_KEY_FILE", "TLS_CERT_FILE")
            throw self.refusal(of: set, "must be set together with \(missing), which is not set")
        }
        if self.settings.tokenKey != nil, self.settings.tokenKeyFile != nil {
            throw self.refusal(of: "TOKEN_KEY_FILE", "must not be set together with TOKEN_KEY, which is \(self.described("TOKEN_KEY"))")
        }
        if let address = self.settings.metricsAddress, address.port == self.settings.port, address.port > 0,
            address.host == self.settings.host
        {
            throw self.refusal(of: "METRICS_ADDRESS", "must differ from HOST and PORT")
        }
        if self.settings.codeDigitsMax < self.settings.codeDigits {
            throw self.refusal(of: "CODE_DIGITS_MAX", "must be at least CODE_DIGITS, which is \(self.described("CODE_DIGITS"))")
        }
    }

    private func refusal(of name: String, _ reason: String) -> SettingsError {
        let entry = self[name]
        return SettingsError(description: "\(name)=\((entry?.value ?? "").excerpt) (\(entry?.origin ?? .default)): \(reason)")
    }

    private func described(_ name: String) -> String { self[name].map { "\($0.value) (\($0.origin))" } ?? "not set" }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - self.count)) }
}
