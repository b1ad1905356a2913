import ICECore

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
        try self.checkAccess()
        if let address = self.settings.metricsAddress, address.port == self.settings.port, address.port > 0,
            address.host == self.settings.host
        {
            throw self.refusal(of: "METRICS_ADDRESS", "must differ from HOST and PORT")
        }
        if self.settings.nodeAddress != nil {
            guard case .engine = self.settings.store else {
                throw self.refusal(of: "NODE_ADDRESS", "is for servers that share a store, as with STORE=valkey://host:6379")
            }
        }
        if self.settings.proxyProtocol {
            if self.settings.nodeAddress != nil {
                throw self.refusal(of: "PROXY_PROTOCOL", "must be false with NODE_ADDRESS: servers reach each other without a PROXY header")
            }
            if self.settings.trustedProxies.isEmpty {
                throw self.refusal(of: "PROXY_PROTOCOL", "needs the proxy's network in TRUSTED_PROXIES, which is empty")
            }
        }
        try self.checkICE()
        if self.settings.codeDigitsMax < self.settings.codeDigits {
            throw self.refusal(of: "CODE_DIGITS_MAX", "must be at least CODE_DIGITS, which is \(self.described("CODE_DIGITS"))")
        }
    }

    private func checkICE() throws(SettingsError) {
        if self.settings.turnSecret != nil, self.settings.turnSecretFile != nil {
            throw self.refusal(
                of: "TURN_SECRET_FILE", "must not be set together with TURN_SECRET, which is \(self.described("TURN_SECRET"))")
        }
        let hasSecret = self.settings.turnSecret != nil || self.settings.turnSecretFile != nil
        let bare = self.settings.iceServers?.withoutCredentials ?? []
        if !hasSecret, !self.settings.turnURLs.isEmpty {
            throw self.refusal(of: "TURN_URLS", "must be set together with TURN_SECRET or TURN_SECRET_FILE, which are not set")
        }
        if !hasSecret, let url = bare.first {
            throw self.refusal(
                of: "ICE_SERVERS", "\(url.text) needs a username and a credential, or TURN_SECRET to make some with")
        }
        if hasSecret, self.settings.turnURLs.isEmpty, bare.isEmpty {
            let name = self.settings.turnSecret == nil ? "TURN_SECRET_FILE" : "TURN_SECRET"
            throw self.refusal(of: name, "must be set together with TURN_URLS, which is not set")
        }
        if self.settings.turnURLs.count > ICEServerList.mostURLs {
            throw self.refusal(of: "TURN_URLS", "must be \(ICEServerList.mostURLs) URLs at the most")
        }
        if self.settings.iceServersAuthorization != nil, self.settings.iceServersURL == nil {
            throw self.refusal(of: "ICE_SERVERS_AUTHORIZATION", "must be set together with ICE_SERVERS_URL, which is not set")
        }
    }

    /// What says who may, and what it needs for that.
    private func checkAccess() throws(SettingsError) {
        let methods = self.settings.auth
        let needed: [(name: String, isSet: Bool, method: AccessMethod)] = [
            ("API_KEYS_FILE", self.settings.apiKeysFile != nil, .key),
            ("AUTH_JWT_SECRET_FILE", self.settings.authJWTSecretFile != nil, .jwt),
            ("AUTH_JWKS", self.settings.authJWKS != nil, .jwt),
            ("AUTH_JWT_ISSUER", self.settings.authJWTIssuer != nil, .jwt),
            ("AUTH_JWT_AUDIENCE", self.settings.authJWTAudience != nil, .jwt),
            ("AUTH_WEBHOOK_URL", self.settings.authWebhookURL != nil, .webhook),
        ]
        for (name, isSet, method) in needed where isSet && !methods.contains(method) {
            throw self.refusal(of: name, "has no effect unless AUTH has \(method.rawValue); AUTH is \(self.described("AUTH"))")
        }
        if methods.contains(.key), self.settings.apiKeysFile == nil { throw self.refusal(of: "AUTH", "needs API_KEYS_FILE for key") }
        if methods.contains(.jwt), self.settings.authJWTSecretFile == nil, self.settings.authJWKS == nil {
            throw self.refusal(of: "AUTH", "needs AUTH_JWT_SECRET_FILE or AUTH_JWKS for jwt")
        }
        if methods.contains(.webhook), self.settings.authWebhookURL == nil {
            throw self.refusal(of: "AUTH", "needs AUTH_WEBHOOK_URL for webhook")
        }
        if self.settings.authRedeem, methods.isEmpty { throw self.refusal(of: "AUTH_REDEEM", "has no effect while AUTH is off") }
        if !methods.isEmpty, self.settings.rooms == .any {
            throw self.refusal(of: "ROOMS", "must be minted while AUTH is on, or whoever has no code opens a room without one")
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
