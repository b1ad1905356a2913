import AccessCore
import AccessRuntime
import ByteStreams
import Logging
import OutgoingHTTP
import ServerConfiguration
import SignalingRuntime

/// Makes what says who may use the server from the settings, or says in one line what is wrong with its files.
struct AccessSetup {
    private let settings: ServerSettings
    private let keys: APIKeys?
    /// That tokens are checked with besides those that are published.
    private let own: KeySet

    /// Reads the files. Nil where everybody may.
    init?(_ settings: ServerSettings) throws(StartupError) {
        guard !settings.auth.isEmpty else { return nil }
        self.settings = settings
        self.keys = if let path = settings.apiKeysFile { try Self.keys(path) } else { nil }
        var own = KeySet()
        if let path = settings.authJWTSecretFile { own = KeySet([try Self.secret(path)]) }
        if case .file(let path) = settings.authJWKS { own = own + (try Self.jwks(path)) }
        self.own = own
    }

    /// Keys that are published are on their way when this returns.
    ///
    /// - Parameter http: There where a setting needs it.
    func control(_ signaling: Signaling, _ http: (any HTTPFetching)?, clock: ServerClock, _ logger: Logger) -> AccessControl {
        var methods = AccessControl.Methods(keys: self.keys)
        if self.settings.auth.contains(.jwt) {
            var published: PublishedKeys?
            if case .url(let url) = self.settings.authJWKS, let http {
                published = PublishedKeys(url: url.text, http: http, clock: clock, logger: logger)
            }
            let rules = TokenRules(issuer: self.settings.authJWTIssuer, audience: self.settings.authJWTAudience)
            methods.tokens = TokenChecker(rules, own: self.own, published: published)
            published?.begin()
        }
        if let url = self.settings.authWebhookURL, let http {
            methods.webhook = Webhook(url: url.text, http: http, clock: clock, logger: logger)
        }
        return AccessControl(methods, coversRedeeming: self.settings.authRedeem, strangers: signaling.limits.strangers)
    }

    /// Has a running server go by what the files hold now.
    func renew(_ control: AccessControl) { control.renew(keys: self.keys, own: self.own) }

    // MARK: - Files

    /// What is wrong with each of the files.
    static func faults(_ settings: ServerSettings) -> [StartupError] {
        var faults: [StartupError] = []
        func look(_ read: () throws(StartupError) -> Void) {
            do throws(StartupError) { try read() } catch { faults.append(error) }
        }
        if let path = settings.apiKeysFile { look { () throws(StartupError) in _ = try Self.keys(path) } }
        if let path = settings.authJWTSecretFile { look { () throws(StartupError) in _ = try Self.secret(path) } }
        if case .file(let path) = settings.authJWKS { look { () throws(StartupError) in _ = try Self.jwks(path) } }
        return faults
    }

    private static func keys(_ path: String) throws(StartupError) -> APIKeys {
        let text = try SettingFile.contents(of: "API_KEYS_FILE", path, atMost: APIKeys.longestFile)
        let keys: APIKeys
        do {
            keys = try APIKeys(file: text)
        } catch {
            throw StartupError(unusable: path, of: "API_KEYS_FILE", "line \(error.line): \(error.reason)")
        }
        guard keys.count > 0 else {
            throw StartupError(unusable: path, of: "API_KEYS_FILE", "has no keys: `nt-backend-wrtc key new NAME` makes one")
        }
        return keys
    }

    /// The end of the file's last line is no part of it.
    private static func secret(_ path: String) throws(StartupError) -> VerificationKey {
        var secret = try SettingFile.contents(of: "AUTH_JWT_SECRET_FILE", path, atMost: 65_536)
        while secret.last == UInt8(ascii: "\n") || secret.last == UInt8(ascii: "\r") { secret.removeLast() }
        guard let key = VerificationKey(secret: secret) else {
            throw StartupError(
                unusable: path, of: "AUTH_JWT_SECRET_FILE", "must hold at least \(VerificationKey.shortestSecret) bytes")
        }
        return key
    }

    private static func jwks(_ path: String) throws(StartupError) -> KeySet {
        let text = try SettingFile.contents(of: "AUTH_JWKS", path, atMost: KeySet.longestText)
        do { return try KeySet(jwks: text) } catch { throw StartupError(unusable: path, of: "AUTH_JWKS", error.reason) }
    }
}
