import ByteStreams
import ICECore
import ICEProvider
import Logging
import OutgoingHTTP
import ServerConfiguration
import SetupCore
import SignalingCore
import SignalingRuntime
import TimeKeeping

/// Where the ICE servers that clients are given come from.
struct ICEParts: Sendable {
    let settings: ICEServers.Settings
    private let provider: ICEProvider?
    /// When the provider is to be asked again.
    private let next: TimeSpan

    /// At the start the provider has this long, so that the first clients get what it gives. Later nobody waits for it.
    private static let startLimit = TimeSpan.seconds(3)

    /// Characters of a secret that nobody finds out by trying, even if they are of few kinds.
    private static let leastSecret = 16

    static func open(
        _ settings: ServerSettings, http: (any HTTPFetching)?, ownSTUNPort: (@Sendable () -> Int?)?, clock: ServerClock,
        logger: Logger
    ) async throws(StartupError) -> ICEParts {
        let ttl = TimeSpan(settings.turnTTL)
        var ice = ICEServers.Settings(listed: settings.iceServers, ownSTUNPort: ownSTUNPort)
        ice.turn = try Self.turn(settings, logger)
        guard let http, let url = settings.iceServersURL else { return ICEParts(settings: ice, provider: nil, next: .seconds(0)) }
        // A list is given away in the first half of its life.
        let provided = ProvidedServers(life: ttl * 2)
        ice.provided = provided
        let provider = ICEProvider(
            .init(url: url.text, authorization: settings.iceServersAuthorization, life: ttl * 2), http: http, servers: provided,
            clock: clock, logger: logger)
        return ICEParts(settings: ice, provider: provider, next: await provider.ask(within: Self.startLimit))
    }

    /// Asks the provider for as long as the task lives.
    func run() async { await self.provider?.run(after: self.next) }

    /// The TURN servers that credentials are made for.
    static func turn(_ settings: ServerSettings, _ logger: Logger) throws(StartupError) -> ICEServers.TURN? {
        guard let secret = try Self.turnSecret(settings) else { return nil }
        if let finding = Self.finding(ofSecret: secret) { logger.warning("\(finding.line)") }
        let urls = settings.turnURLs + (settings.iceServers?.withoutCredentials ?? [])
        return ICEServers.TURN(urls: urls, credentials: TURNCredentials(secret: Array(secret.utf8)), ttl: TimeSpan(settings.turnTTL))
    }

    /// What is to be said of the secret at every start.
    static func finding(ofSecret secret: String) -> Finding? {
        guard secret.utf8.count < Self.leastSecret else { return nil }
        return Finding(
            .warning, .secretShort, "TURN_SECRET", "TURN_SECRET is short: whoever was given credentials can find it out by trying",
            "draw it with `openssl rand -hex 32`")
    }

    static func turnSecret(_ settings: ServerSettings) throws(StartupError) -> String? {
        if let secret = settings.turnSecret { return secret }
        guard let path = settings.turnSecretFile else { return nil }
        let contents = try SettingFile.contents(of: "TURN_SECRET_FILE", path, atMost: 4096)
        let secret = String(decoding: contents, as: UTF8.self).trimmingSpaces()
        guard isSecretText(secret) else {
            throw StartupError(unusable: path, of: "TURN_SECRET_FILE", "must hold 1 to 1024 printable ASCII characters on one line")
        }
        return secret
    }
}
