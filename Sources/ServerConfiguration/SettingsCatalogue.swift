package import ICECore
package import NetworkAddresses

/// The settings, one row each. A setting needs nothing but its row: the property of `ServerSettings`, the flag, the variable, `--help`,
/// `config`, the table of docs/configuration.md and compose.yaml's list are made from it.
package struct SettingsCatalogue: Sendable {
    // Listener
    package let host = Setting("HOST", .host, default: "0.0.0.0", "Address to listen on.")
    package let port = Setting("PORT", .wholeNumber(0...65_535), default: 1234, "Port to listen on; 0 takes any free one.")
    package let tlsCertificateFile = Setting(
        "TLS_CERT_FILE", .file, default: nil, reload: .replaced,
        "Certificate chain (PEM); with TLS_KEY_FILE the server speaks https and wss.")
    package let tlsKeyFile = Setting("TLS_KEY_FILE", .file, default: nil, reload: .replaced, "Private key (PEM) of TLS_CERT_FILE.")
    package let eventLoops = Setting(
        "EVENT_LOOPS", .eventLoops(1...256), default: .auto, "Threads that serve connections; auto is half the cores, 1 to 4.")
    package let maxConnections = Setting(
        "MAX_CONNECTIONS", .wholeNumber(0...10_000_000), default: 0,
        reload: .taken,
        "WebSockets open at once, as far as the open-file limit allows; 0 for as many as it does.")
    package let clientConnectionsMax = Setting(
        "CLIENT_CONNECTIONS_MAX", .wholeNumber(0...10_000_000), default: 0,
        reload: .taken,
        "Connections, and WebSockets, that one client may hold open; 0 for no more limit than its fair share.")
    package let readHeaderTimeout = Setting(
        "READ_HEADER_TIMEOUT", .duration(.milliseconds(100)...(.seconds(300))), default: .seconds(5),
        "Time in which a request's head, and then its body, must arrive.")
    package let idleTimeout = Setting(
        "IDLE_TIMEOUT", .duration(.seconds(1)...(.seconds(86_400))), default: .seconds(60),
        "Time an HTTP connection may wait for its next request.")
    package let shutdownGrace = Setting(
        "SHUTDOWN_GRACE", .duration(.zero...(.seconds(600))), default: .seconds(10),
        "Longest wait for connections to finish when the server is told to stop.")
    package let shutdownDelay = Setting(
        "SHUTDOWN_DELAY", .duration(.zero...(.seconds(600))), default: .zero,
        "How long everything is served on when the server is told to stop, while `/readyz` says 503 already; SHUTDOWN_GRACE begins then.")
    package let handover = Setting(
        "HANDOVER", .file, default: nil,
        "Unix socket through which the next server takes over from the one that runs; empty for none.")

    // Ways between the two sides
    package let stunPort = Setting(
        "STUN_PORT", .wholeNumber(0...65_535), default: 3478,
        "UDP port of HOST on which clients learn their addresses (STUN), which they need to find a way to each other; 0 for none.")

    // Codes
    package let codeDigits = Setting("CODE_DIGITS", .wholeNumber(4...8), default: 4, "Digits of a code.")
    package let codeDigitsMax = Setting(
        "CODE_DIGITS_MAX", .wholeNumber(4...8), default: 6,
        // An operator who sets longer codes does not mean a maximum below them.
        following: { max($1, $0.codeDigits) },
        "Digits a code may grow to while somebody guesses or shorter ones run short; CODE_DIGITS where that is more and this is not set.")
    package let redeemFailuresPerMinute = Setting(
        "REDEEM_FAILURES_PER_MIN", .wholeNumber(0...1_000_000), default: 30,
        reload: .taken,
        "Failed guesses of a code a client may make at once, and again in each minute; 0 for no limit.")

    package let clientCodesMax = Setting(
        "CLIENT_CODES_MAX", .wholeNumber(0...10_000_000), default: 0,
        reload: .taken,
        "Live codes that one client may have; 0 for no more limit than its fair share.")

    // Tokens of sides
    package let rooms = Setting(
        "ROOMS", .choice(), default: OpenableRooms.any,
        // Whoever may not have a code could else open a room without.
        following: { $0.auth.isEmpty ? $1 : .minted },
        "Rooms that may be opened: any, or only those of codes, by a client that shows its side's token; minted where AUTH is on and this is "
            + "not set.")
    package let tokenKey = Setting(
        "TOKEN_KEY", .key(bytes: 32), default: nil, isSecret: true,
        "Key that tokens are made with: 32 bytes in Base64; without it and TOKEN_KEY_FILE one is drawn at each start.")
    package let tokenKeyFile = Setting("TOKEN_KEY_FILE", .file, default: nil, "File that holds TOKEN_KEY instead.")

    // Ways between the peers
    package let iceServers = Setting(
        "ICE_SERVERS", .iceServers, default: nil,
        reload: .taken,
        "ICE servers that clients are given instead of this server's own STUN: a JSON array of RTCIceServer, or stun: URLs separated by "
            + "commas; `[]` for none.")
    package let turnURLs = Setting(
        "TURN_URLS", .turnURLs, default: [],
        reload: .taken,
        "TURN servers (`turn:` and `turns:` URLs, separated by commas) that clients are given with credentials made with TURN_SECRET.")
    package let turnSecret = Setting(
        "TURN_SECRET", .secretText, default: nil, isSecret: true, reload: .taken,
        "The secret that the TURN servers know: coturn's static-auth-secret.")
    package let turnSecretFile = Setting("TURN_SECRET_FILE", .file, default: nil, reload: .taken, "File that holds TURN_SECRET instead.")
    package let turnTTL = Setting(
        "TURN_TTL", .duration(.seconds(60)...(.seconds(86_400))), default: .seconds(3600), reload: .taken,
        "How long such credentials are good.")
    package let iceServersURL = Setting(
        "ICE_SERVERS_URL", .url, default: nil,
        "Endpoint of a provider that responds with ICE servers and credentials; its list is given away until it ends.")
    package let iceServersAuthorization = Setting(
        "ICE_SERVERS_AUTHORIZATION", .secretText, default: nil, isSecret: true,
        "What the provider is sent as Authorization, as in `Bearer …`.")
    package let clientICEPerMinute = Setting(
        "CLIENT_ICE_PER_MIN", .wholeNumber(0...1_000_000), default: 60,
        reload: .taken,
        "Lists of ICE servers with credentials that one client is given in a minute; 0 for no limit.")
    // Who may have codes
    package let auth = Setting(
        "AUTH", .accessMethods, default: [],
        "Who may mint codes: off for everybody, or whoever shows what one of these knows: key, jwt, webhook, separated by commas.")
    package let authRedeem = Setting(
        "AUTH_REDEEM", .boolean, default: false, "Ask those who redeem a code, too, and not only those who mint one.")
    package let apiKeysFile = Setting(
        "API_KEYS_FILE", .file, default: nil,
        reload: .replaced,
        "File of keys for AUTH=key: a name and a SHA-256 a line, as `nt-backend-wrtc key new NAME` prints them.")
    package let authJWTSecretFile = Setting(
        "AUTH_JWT_SECRET_FILE", .file, default: nil, reload: .replaced,
        "File with the secret that tokens for AUTH=jwt are signed with by HS256.")
    package let authJWKS = Setting(
        "AUTH_JWKS", .fileOrURL, default: nil,
        "File or URL of a JWK Set with the public keys of tokens for AUTH=jwt: ES256, RS256 or EdDSA.")
    package let authJWTIssuer = Setting(
        "AUTH_JWT_ISSUER", .text(atMost: 1024), default: nil, "What a token must have as iss; empty for anything.")
    package let authJWTAudience = Setting(
        "AUTH_JWT_AUDIENCE", .text(atMost: 1024), default: nil, "What a token must have as aud, or among others there; empty for anything.")
    package let authWebhookURL = Setting(
        "AUTH_WEBHOOK_URL", .url, default: nil, "URL that AUTH=webhook asks with POST for each request whether it may.")

    // Rooms and mailboxes
    package let roomTTL = Setting(
        "ROOM_TTL", .duration(.seconds(1)...(.seconds(86_400))), default: .seconds(600),
        "Life of a code, and of a room's mailboxes after its last activity.")
    package let maxRooms = Setting(
        "MAX_ROOMS", .wholeNumber(1...10_000_000), default: 100_000, reload: .taken, "Rooms held at once, connected or with a mailbox kept."
    )
    package let mailboxMaxMessages = Setting(
        "MAILBOX_MAX_MESSAGES", .wholeNumber(1...1_000_000), default: 1000, "Messages one mailbox holds.")
    package let mailboxMaxBytes = Setting(
        "MAILBOX_MAX_BYTES", .bytes(1024...1_073_741_824), default: 4_194_304, "Bytes one mailbox holds.")
    package let storedBytesMax = Setting(
        "STORED_BYTES_MAX", .bytes(1_048_576...1_099_511_627_776), default: 268_435_456,
        reload: .taken,
        "Memory for held frames and mailbox messages of all rooms; as much again for unfinished messages, and for output that waits.")

    // What outlives the process
    package let store = Setting(
        "STORE", .store, default: .memory,
        "What keeps codes and mailboxes: memory; a file that survives a restart, as in sqlite:///var/lib/nt-backend-wrtc/state.db; or a "
            + "Valkey or Redis that several servers share, as in valkey://host:6379.")
    package let storeSync = Setting(
        "STORE_SYNC", .choice(), default: StoreSync.normal,
        "When a change counts as stored in a file: normal survives the process's death, full a power cut too, and is slower.")

    package let nodeAddress = Setting(
        "NODE_ADDRESS", .nodeAddress, default: nil,
        "Where the other servers that share the store reach this one, as in http://10.0.0.5:1234; needed if there is more than one.")
    package let tlsCAFile = Setting(
        "TLS_CA_FILE", .file, default: nil,
        """
        PEM certificates that the store's and the other servers' are checked against, instead of the system's. For ICE_SERVERS_URL, \
        AUTH_JWKS and AUTH_WEBHOOK_URL they are trusted beside the system's.
        """)

    // WebSocket
    package let heartbeat = Setting(
        "HEARTBEAT", .duration(.seconds(1)...(.seconds(3600))), default: .seconds(20), aliases: ["WS_HEARTBEAT"],
        "Time between pings; a connection silent for twice as long is dropped.")
    package let wsMaxMessage = Setting(
        "WS_MAX_MSG", .bytes(1024...67_108_864), default: 1_048_576, "Largest WebSocket message taken.")
    package let messageTimeout = Setting(
        "MESSAGE_TIMEOUT", .duration(.seconds(1)...(.seconds(3600))), default: .seconds(30),
        "Time in which a WebSocket message must arrive that has begun.")
    package let wsReadBuffer = Setting(
        "WS_READ_BUF", .bytes(512...1_048_576), default: 4096, aliases: ["WS_READ_BUFFER"], "First size of a socket's read buffer.")
    package let wsWriteBuffer = Setting(
        "WS_WRITE_BUF", .bytes(512...1_048_576), default: 4096, aliases: ["WS_WRITE_BUFFER"],
        "Size up to which small writes are gathered into one.")

    // Who is allowed, and how often
    package let dev = Setting(
        "DEV", .boolean, default: true, reload: .taken, "Allow every browser origin; set false in production, with CORS_ORIGINS.")
    package let corsOrigins = Setting(
        "CORS_ORIGINS", .origins, default: [], reload: .taken, "Origins or host names allowed when DEV is false, separated by commas.")
    package let allowedHosts = Setting(
        "ALLOWED_HOSTS", .hosts, default: [],
        "Hosts (with a port, or with any) that requests may be for, separated by commas; empty for all.")
    package let hstsMaxAge = Setting(
        "HSTS_MAX_AGE", .duration(.zero...(.seconds(63_072_000))), default: .zero,
        "With TLS, how long browsers shall come back with https alone (HSTS); 0 to say nothing.")
    package let trustedProxies = Setting(
        "TRUSTED_PROXIES", .networks, default: Self.loopback,
        "Networks whose X-Forwarded-For is believed, separated by commas.")
    package let proxyProtocol = Setting(
        "PROXY_PROTOCOL", .boolean, default: false,
        "Take connections from TRUSTED_PROXIES alone, each with a PROXY header (version 1 or 2) that says whose it is.")
    package let httpRatePerMinute = Setting(
        "HTTP_RATE_PER_MIN", .wholeNumber(0...1_000_000), default: 0,
        reload: .taken,
        "Codes and ICE servers a client may ask for, and codes it may redeem, in a minute, together; 0 for no limit.")
    package let wsRatePerMinute = Setting(
        "WS_RATE_PER_MIN", .wholeNumber(0...1_000_000), default: 0,
        reload: .taken,
        "Connections to /ws a client may open in a minute; 0 for no limit.")

    // Page, metrics and log
    package let basePath = Setting(
        "BASE_PATH", .basePath(besides: Self.routes, under: Self.folders), default: "",
        "Path, as /signal, below which everything is served too, for a proxy that passes it on; empty for none.")
    package let demo = Setting(
        "DEMO", .boolean, default: true,
        // The page is for development, unless the operator says otherwise.
        following: { others, _ in others.dev },
        "Serve a page at / to try the server with; DEV where this is not set.")
    package let metricsRoute = Setting(
        "METRICS_ROUTE", .route(besides: Self.routes, under: Self.folders), default: "/metrics",
        "Path of the Prometheus metrics; empty turns them off.")
    package let metricsAddress = Setting(
        "METRICS_ADDRESS", .listenAddress, default: nil,
        "Address and port that metrics and health are served on, instead of beside everything else; empty for that.")
    package let logLevel = Setting(
        "LOG_LEVEL", .choice(synonyms: ["warn": LogLevel.warning]), default: .info, reload: .taken, "Least severe messages that are logged."
    )
    package let logFormat = Setting(
        "LOG_FORMAT", .choice(), default: LogFormat.auto, "Form of the log; auto is text on a terminal, JSON otherwise.")
    package let logClientAddresses = Setting(
        "LOG_CLIENT_ADDRESSES", .choice(), default: LoggedAddress.prefix,
        "Client addresses in the log: their network prefix, or in full.")

    private static let loopback = ["127.0.0.0/8", "::1/128"].compactMap { AddressBlock($0) }
    /// Paths that the server has routes for, and folders of its files, so that METRICS_ROUTE cannot hide one. A test holds them to the
    /// server's table of routes, which this module does not know.
    static let routes: Set<String> = [
        "/", "/ws", "/healthz", "/readyz", "/rendezvous/code", "/rendezvous/redeem", "/rendezvous/ice", "/rendezvous/server",
        "/openapi.yaml", "/asyncapi.yaml",
    ]
    static let folders: Set<String> = ["/client/", "/demo/"]
}

extension SettingsCatalogue {
    static let rows = SettingsCatalogue()

    /// The rows in their order. They are read from the properties, so that there is no separate list that could lack one.
    package static let all: [any SettingRow] = Mirror(reflecting: Self.rows).children.compactMap { $0.value as? any SettingRow }

    private static let byName = Dictionary(uniqueKeysWithValues: Self.all.map { ($0.name, $0) })

    package static subscript(name: String) -> (any SettingRow)? { Self.byName[name] }

    /// The variable that names the optional file; not a setting, as the file cannot hold it.
    package static let fileVariable = "CONFIG_FILE"

    /// All settings for `--help`: variable, default and meaning.
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
        NAME=value a line; # starts a comment. At SIGHUP the server reads the file again, and the files that settings name, and takes from them: \
        \(Self.all.filter { $0.reload != .atStart }.map(\.name).joined(separator: ", ")).
        """
}
