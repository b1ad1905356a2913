package import ArgumentParser

/// Every setting as a flag, for a command to take in by `@OptionGroup`.
///
/// The flags carry text: the loader checks it, as it does what comes from the environment or the file.
package struct SettingFlags: ParsableArguments {
    @Option(name: .customLong("config"), help: ArgumentHelp("File of NAME=value lines.", valueName: "file"))
    package var config: String?

    @Option(setting: "HOST") var host: GivenFlag?
    @Option(setting: "PORT") var port: GivenFlag?
    @Option(setting: "TLS_CERT_FILE") var tlsCertificateFile: GivenFlag?
    @Option(setting: "TLS_KEY_FILE") var tlsKeyFile: GivenFlag?
    @Option(setting: "EVENT_LOOPS") var eventLoops: GivenFlag?
    @Option(setting: "MAX_CONNECTIONS") var maxConnections: GivenFlag?
    @Option(setting: "READ_HEADER_TIMEOUT") var readHeaderTimeout: GivenFlag?
    @Option(setting: "IDLE_TIMEOUT") var idleTimeout: GivenFlag?
    @Option(setting: "SHUTDOWN_GRACE") var shutdownGrace: GivenFlag?
    @Option(setting: "CODE_DIGITS") var codeDigits: GivenFlag?
    @Option(setting: "CODE_DIGITS_MAX") var codeDigitsMax: GivenFlag?
    @Option(setting: "REDEEM_FAILURES_PER_MIN") var redeemFailuresPerMinute: GivenFlag?
    @Option(setting: "ROOM_TTL") var roomTTL: GivenFlag?
    @Option(setting: "MAX_ROOMS") var maxRooms: GivenFlag?
    @Option(setting: "MAILBOX_MAX_MESSAGES") var mailboxMaxMessages: GivenFlag?
    @Option(setting: "MAILBOX_MAX_BYTES") var mailboxMaxBytes: GivenFlag?
    @Option(setting: "STORED_BYTES_MAX") var storedBytesMax: GivenFlag?
    @Option(setting: "HEARTBEAT") var heartbeat: GivenFlag?
    @Option(setting: "WS_MAX_MSG") var wsMaxMessage: GivenFlag?
    @Option(setting: "WS_READ_BUF") var wsReadBuffer: GivenFlag?
    @Option(setting: "WS_WRITE_BUF") var wsWriteBuffer: GivenFlag?
    @Option(setting: "DEV") var dev: GivenFlag?
    @Option(setting: "CORS_ORIGINS") var corsOrigins: GivenFlag?
    @Option(setting: "TRUSTED_PROXIES") var trustedProxies: GivenFlag?
    @Option(setting: "HTTP_RATE_PER_MIN") var httpRatePerMinute: GivenFlag?
    @Option(setting: "WS_RATE_PER_MIN") var wsRatePerMinute: GivenFlag?
    @Option(setting: "DEMO") var demo: GivenFlag?
    @Option(setting: "METRICS_ROUTE") var metricsRoute: GivenFlag?
    @Option(setting: "LOG_LEVEL") var logLevel: GivenFlag?
    @Option(setting: "LOG_FORMAT") var logFormat: GivenFlag?
    @Option(setting: "LOG_CLIENT_ADDRESSES") var logClientAddresses: GivenFlag?

    package init() {}

    /// The flags that were given, by variable name.
    package var given: [String: String] {
        let flags = [
            self.host, self.port, self.tlsCertificateFile, self.tlsKeyFile, self.eventLoops, self.maxConnections,
            self.readHeaderTimeout, self.idleTimeout, self.shutdownGrace, self.codeDigits, self.codeDigitsMax,
            self.redeemFailuresPerMinute, self.roomTTL, self.maxRooms, self.mailboxMaxMessages, self.mailboxMaxBytes,
            self.storedBytesMax, self.heartbeat, self.wsMaxMessage, self.wsReadBuffer, self.wsWriteBuffer, self.dev,
            self.corsOrigins, self.trustedProxies, self.httpRatePerMinute, self.wsRatePerMinute, self.demo,
            self.metricsRoute, self.logLevel, self.logFormat, self.logClientAddresses,
        ]
        return Dictionary(flags.compactMap(\.self).map { ($0.name, $0.text) }, uniquingKeysWith: { $1 })
    }
}

/// A flag's text with the variable it stands for.
struct GivenFlag: Decodable, Sendable {
    let name: String
    let text: String
}

extension Option where Value == GivenFlag? {
    init(setting name: String) {
        guard let setting = SettingsCatalogue[name] else {
            // Only a misspelling in this file leads here, and every test that parses a flag would meet it.
            preconditionFailure("the catalogue has no \(name)")
        }
        self.init(name: .customLong(setting.flagName), help: setting.argumentHelp, transform: { GivenFlag(name: name, text: $0) })
    }
}

extension Setting {
    fileprivate var argumentHelp: ArgumentHelp {
        let older = self.aliases.isEmpty ? "" : "; older name: " + self.aliases.joined(separator: ", ")
        let value = self.defaultText.isEmpty ? "empty" : self.defaultText
        return ArgumentHelp("\(self.help) (default: \(value)\(older))", valueName: self.placeholder)
    }
}
