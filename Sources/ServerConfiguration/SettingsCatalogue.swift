/// The one table that the loader, `--help`, the `config` command and every message read.
package enum SettingsCatalogue {
    /// Paths the server answers itself, so that METRICS_ROUTE cannot hide one.
    private static let routes: Set<String> = ["/", "/ws", "/healthz", "/readyz", "/rendezvous/code", "/rendezvous/redeem"]
    private static let folders: Set<String> = ["/client/", "/demo/"]

    package static let all: [Setting] = [
        Setting("HOST", \.host, .host, "Address to listen on."),
        Setting("PORT", \.port, .wholeNumber(0...65_535), "Port to listen on; 0 takes any free one."),
        Setting(
            "TLS_CERT_FILE", \.tlsCertificateFile, .file, "Certificate chain (PEM); with TLS_KEY_FILE the server speaks https and wss."),
        Setting("TLS_KEY_FILE", \.tlsKeyFile, .file, "Private key (PEM) of TLS_CERT_FILE."),
        Setting("EVENT_LOOPS", \.eventLoops, .eventLoops(1...256), "Threads that serve connections."),
        Setting(
            "MAX_CONNECTIONS", \.maxConnections, .wholeNumber(0...10_000_000),
            "WebSockets open at once, as far as the open-file limit allows; 0 for as many as it does."),
        Setting(
            "READ_HEADER_TIMEOUT", \.readHeaderTimeout, .duration(.milliseconds(100)...(.seconds(300))),
            "Time in which a request's head, and then its body, must arrive."),
        Setting(
            "IDLE_TIMEOUT", \.idleTimeout, .duration(.seconds(1)...(.seconds(86_400))),
            "Time an HTTP connection may wait for its next request."),
        Setting(
            "SHUTDOWN_GRACE", \.shutdownGrace, .duration(.zero...(.seconds(600))),
            "Longest wait for connections to finish when the server is told to stop."),

        Setting("CODE_DIGITS", \.codeDigits, .wholeNumber(4...8), "Digits of a code."),
        Setting(
            "CODE_DIGITS_MAX", \.codeDigitsMax, .wholeNumber(4...8),
            "Digits a code may grow to when the shorter ones run short; CODE_DIGITS where that is more and this is not set."),
        Setting(
            "REDEEM_FAILURES_PER_MIN", \.redeemFailuresPerMinute, .wholeNumber(0...1_000_000),
            "Failed guesses of a code a client may make in a minute; 0 for no limit."),

        Setting(
            "ROOM_TTL", \.roomTTL, .duration(.seconds(1)...(.seconds(86_400))),
            "Life of a code, and of a room's mailboxes after its last activity."),
        Setting("MAX_ROOMS", \.maxRooms, .wholeNumber(1...10_000_000), "Rooms held at once, connected or with a mailbox kept."),
        Setting("MAILBOX_MAX_MESSAGES", \.mailboxMaxMessages, .wholeNumber(1...1_000_000), "Messages one mailbox holds."),
        Setting("MAILBOX_MAX_BYTES", \.mailboxMaxBytes, .bytes(1024...1_073_741_824), "Bytes one mailbox holds."),
        Setting(
            "STORED_BYTES_MAX", \.storedBytesMax, .bytes(1_048_576...1_099_511_627_776),
            "Memory for held frames and mailbox messages of all rooms, and as much again for partly arrived messages."),

        Setting(
            "HEARTBEAT", \.heartbeat, .duration(.seconds(1)...(.seconds(3600))), aliases: ["WS_HEARTBEAT"],
            "Time between pings; a connection silent for twice as long is dropped."),
        Setting("WS_MAX_MSG", \.wsMaxMessage, .bytes(1024...67_108_864), "Largest WebSocket message taken."),
        Setting(
            "WS_READ_BUF", \.wsReadBuffer, .bytes(512...1_048_576), aliases: ["WS_READ_BUFFER"],
            "First size of a socket's read buffer."),
        Setting(
            "WS_WRITE_BUF", \.wsWriteBuffer, .bytes(512...1_048_576), aliases: ["WS_WRITE_BUFFER"],
            "Size up to which small writes are gathered into one."),

        Setting("DEV", \.dev, .boolean, "Allow every browser origin; set false in production, with CORS_ORIGINS."),
        Setting("CORS_ORIGINS", \.corsOrigins, .origins, "Origins or host names allowed when DEV is false, separated by commas."),
        Setting(
            "TRUSTED_PROXIES", \.trustedProxies, .networks,
            "Networks whose X-Forwarded-For is believed, separated by commas."),
        Setting(
            "HTTP_RATE_PER_MIN", \.httpRatePerMinute, .wholeNumber(0...1_000_000),
            "Codes a client may ask for and redeem in a minute, together; 0 for no limit."),
        Setting(
            "WS_RATE_PER_MIN", \.wsRatePerMinute, .wholeNumber(0...1_000_000),
            "Connections to /ws a client may open in a minute; 0 for no limit."),

        Setting("DEMO", \.demo, .boolean, "Serve a page at / to try the server with; DEV where this is not set."),
        Setting(
            "METRICS_ROUTE", \.metricsRoute, .route(besides: Self.routes, under: Self.folders),
            "Path of the Prometheus metrics; empty turns them off."),
        Setting("LOG_LEVEL", \.logLevel, .choice(synonyms: ["warn": .warning]), "Least severe messages that are logged."),
        Setting("LOG_FORMAT", \.logFormat, .choice(), "Form of the log; auto is text on a terminal, JSON otherwise."),
        Setting("LOG_CLIENT_ADDRESSES", \.logClientAddresses, .choice(), "Client addresses in the log: their network prefix, or in full."),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: Self.all.map { ($0.name, $0) })

    package static subscript(name: String) -> Setting? { Self.byName[name] }

    /// The variable that names the optional file; not a setting, as the file cannot hold it.
    package static let fileVariable = "CONFIG_FILE"

    /// All settings for `--help`: variable, what it takes, default and meaning.
    package static let helpTable =
        "SETTINGS (variable, default, meaning):\n"
        + Self.all.map { setting in
            let standard = setting.defaultText.isEmpty ? "none" : setting.defaultText
            let names = ([setting.name] + setting.aliases.map { "older: \($0)" }).joined(separator: ", ")
            return "- \(names) [\(standard)] \(setting.help)"
        }.joined(separator: "\n")

    /// For the discussion of a command's `--help`.
    package static let sourcesNote = """
        Each setting may be given as a flag, as an environment variable or in a file; that is also the order in which they are looked \
        for. --http-rate-per-min is the variable HTTP_RATE_PER_MIN. The file, named by --config or \(Self.fileVariable), holds one \
        NAME=value a line; # starts a comment.
        """
}
