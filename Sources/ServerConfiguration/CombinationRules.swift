import ICECore

/// The rules for combinations of values. A fault names the value that the operator wrote rather than a default.
struct CombinationRules {
    private(set) var faults: [SettingsFault] = []
    private let loaded: LoadedSettings
    /// Of these nobody knows what they would be: what they do not fit to is not said.
    private let refused: Set<String>

    init(_ loaded: LoadedSettings, refused: Set<String>) {
        self.loaded = loaded
        self.refused = refused
        self.checkListeners()
        self.checkProxies()
        self.checkTokens()
        self.checkAccess()
        self.checkICE()
    }

    private var settings: ServerSettings { self.loaded.settings }

    /// - Parameter others: What the reason speaks of besides.
    private mutating func refuse(_ name: String, besides others: String..., because reason: String) {
        guard self.refused.isDisjoint(with: [name] + others) else { return }
        let entry = self.loaded[name]
        let given = "\(name)=\((entry?.value ?? "").excerpt) (\(entry?.origin ?? .default))"
        self.faults.append(SettingsFault(subject: name, given: given, reason: reason))
    }

    private func described(_ name: String) -> String { self.loaded.described(name) }

    private mutating func checkListeners() {
        let settings = self.settings
        if (settings.tlsCertificateFile == nil) != (settings.tlsKeyFile == nil) {
            let (set, missing) = settings.tlsKeyFile == nil ? ("TLS_CERT_FILE", "TLS_KEY_FILE") : ("TLS_KEY_FILE", "TLS_CERT_FILE")
            self.refuse(set, besides: missing, because: "must be set together with \(missing), which is not set")
        }
        if let address = settings.metricsAddress, address.port == settings.port, address.port > 0, address.host == settings.host {
            self.refuse("METRICS_ADDRESS", besides: "HOST", "PORT", because: "must differ from HOST and PORT")
        }
        if settings.nodeAddress != nil {
            if case .engine = settings.store { return }
            self.refuse(
                "NODE_ADDRESS", besides: "STORE", because: "is for servers that share a store, as with STORE=valkey://host:6379")
        }
    }

    private mutating func checkProxies() {
        guard self.settings.proxyProtocol else { return }
        if self.settings.nodeAddress != nil {
            self.refuse(
                "PROXY_PROTOCOL", besides: "NODE_ADDRESS",
                because: "must be false with NODE_ADDRESS: servers reach each other without a PROXY header")
        }
        if self.settings.trustedProxies.isEmpty {
            self.refuse(
                "PROXY_PROTOCOL", besides: "TRUSTED_PROXIES", because: "needs the proxy's network in TRUSTED_PROXIES, which is empty")
        }
    }

    private mutating func checkTokens() {
        if self.settings.tokenKey != nil, self.settings.tokenKeyFile != nil {
            self.refuse(
                "TOKEN_KEY_FILE", because: "must not be set together with TOKEN_KEY, which is \(self.described("TOKEN_KEY"))")
        }
        if self.settings.codeDigitsMax < self.settings.codeDigits {
            self.refuse(
                "CODE_DIGITS_MAX", besides: "CODE_DIGITS",
                because: "must be at least CODE_DIGITS, which is \(self.described("CODE_DIGITS"))")
        }
    }

    /// What says who may, and what it needs for that.
    private mutating func checkAccess() {
        let settings = self.settings
        let methods = settings.auth
        let needed: [(name: String, isSet: Bool, method: AccessMethod)] = [
            ("API_KEYS_FILE", settings.apiKeysFile != nil, .key),
            ("AUTH_JWT_SECRET_FILE", settings.authJWTSecretFile != nil, .jwt),
            ("AUTH_JWKS", settings.authJWKS != nil, .jwt),
            ("AUTH_JWT_ISSUER", settings.authJWTIssuer != nil, .jwt),
            ("AUTH_JWT_AUDIENCE", settings.authJWTAudience != nil, .jwt),
            ("AUTH_WEBHOOK_URL", settings.authWebhookURL != nil, .webhook),
        ]
        for (name, isSet, method) in needed where isSet && !methods.contains(method) {
            self.refuse(
                name, besides: "AUTH", because: "has no effect unless AUTH has \(method.rawValue); AUTH is \(self.described("AUTH"))")
        }
        if methods.contains(.key), settings.apiKeysFile == nil {
            self.refuse("AUTH", besides: "API_KEYS_FILE", because: "needs API_KEYS_FILE for key")
        }
        if methods.contains(.jwt), settings.authJWTSecretFile == nil, settings.authJWKS == nil {
            self.refuse(
                "AUTH", besides: "AUTH_JWT_SECRET_FILE", "AUTH_JWKS", because: "needs AUTH_JWT_SECRET_FILE or AUTH_JWKS for jwt")
        }
        if methods.contains(.webhook), settings.authWebhookURL == nil {
            self.refuse("AUTH", besides: "AUTH_WEBHOOK_URL", because: "needs AUTH_WEBHOOK_URL for webhook")
        }
        if settings.authRedeem, methods.isEmpty {
            self.refuse("AUTH_REDEEM", besides: "AUTH", because: "has no effect while AUTH is off")
        }
        if !methods.isEmpty, settings.rooms == .any {
            self.refuse(
                "ROOMS", besides: "AUTH", because: "must be minted while AUTH is on, or whoever has no code opens a room without one")
        }
    }

    private mutating func checkICE() {
        let settings = self.settings
        if settings.turnSecret != nil, settings.turnSecretFile != nil {
            self.refuse(
                "TURN_SECRET_FILE", because: "must not be set together with TURN_SECRET, which is \(self.described("TURN_SECRET"))")
        }
        let hasSecret = settings.turnSecret != nil || settings.turnSecretFile != nil
        let bare = settings.iceServers?.withoutCredentials ?? []
        if !hasSecret, !settings.turnURLs.isEmpty {
            self.refuse(
                "TURN_URLS", besides: "TURN_SECRET", "TURN_SECRET_FILE",
                because: "must be set together with TURN_SECRET or TURN_SECRET_FILE, which are not set")
        }
        if !hasSecret, let url = bare.first {
            self.refuse(
                "ICE_SERVERS", besides: "TURN_SECRET", "TURN_SECRET_FILE",
                because: "\(url.text) needs a username and a credential, or TURN_SECRET to make some with")
        }
        if hasSecret, settings.turnURLs.isEmpty, bare.isEmpty {
            let name = settings.turnSecret == nil ? "TURN_SECRET_FILE" : "TURN_SECRET"
            self.refuse(
                name, besides: "TURN_URLS", "ICE_SERVERS", because: "must be set together with TURN_URLS, which is not set")
        }
        if settings.turnURLs.count > ICEServerList.mostURLs {
            self.refuse("TURN_URLS", because: "must be \(ICEServerList.mostURLs) URLs at the most")
        }
        if settings.iceServersAuthorization != nil, settings.iceServersURL == nil {
            self.refuse(
                "ICE_SERVERS_AUTHORIZATION", besides: "ICE_SERVERS_URL",
                because: "must be set together with ICE_SERVERS_URL, which is not set")
        }
    }
}
