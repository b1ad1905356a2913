/// Everything an operator can choose, checked and typed.
///
/// The initial values are the defaults: the catalogue prints them into `--help` and the `config` table, so each stands here only.
package struct ServerSettings: Sendable, Equatable {
    // Listener
    package var host = "0.0.0.0"
    /// 0 takes any free port.
    package var port = 1234
    package var tlsCertificateFile: String?
    package var tlsKeyFile: String?
    package var eventLoops = EventLoopCount.auto
    /// 0 stands for what the open-file limit allows.
    package var maxConnections = 0
    package var readHeaderTimeout = Duration.seconds(5)
    package var idleTimeout = Duration.seconds(60)
    package var shutdownGrace = Duration.seconds(10)

    // Codes
    package var codeDigits = 4
    package var codeDigitsMax = 4
    /// Failed guesses a client may make in a minute; 0 is no limit.
    package var redeemFailuresPerMinute = 30

    // Rooms and mailboxes
    package var roomTTL = Duration.seconds(600)
    package var maxRooms = 100_000
    package var mailboxMaxMessages = 1000
    package var mailboxMaxBytes = 4_194_304
    package var storedBytesMax = 268_435_456

    // WebSocket
    package var heartbeat = Duration.seconds(20)
    package var wsMaxMessage = 1_048_576
    package var wsReadBuffer = 4096
    package var wsWriteBuffer = 4096

    // Who may come, and how often
    package var dev = true
    /// Where it is not set, the loader makes it what `dev` is.
    package var demo = true
    /// Exact origins or bare host names, in lower case.
    package var corsOrigins: [String] = []
    /// Networks in CIDR form, or single addresses.
    package var trustedProxies = ["127.0.0.0/8", "::1/128"]
    /// 0 is no limit.
    package var httpRatePerMinute = 0
    /// 0 is no limit.
    package var wsRatePerMinute = 0

    // What is told
    /// nil where metrics are off.
    package var metricsRoute: String? = "/metrics"
    package var logLevel = LogLevel.info
    package var logFormat = LogFormat.auto
    package var logClientAddresses = LoggedAddress.prefix

    package init() {}
}

package enum EventLoopCount: Sendable, Equatable {
    case auto
    case count(Int)
}

/// Raw values are those of swift-log's `Logger.Level`, which this module does not import.
package enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}

package enum LogFormat: String, Sendable, CaseIterable {
    /// Text on a terminal, JSON otherwise.
    case auto
    case text, json
}

/// How much of a client's address reaches the log.
package enum LoggedAddress: String, Sendable, CaseIterable {
    case prefix, full
}
