import Testing

@testable import ServerConfiguration

/// What holds for every row of the catalogue, whichever it is: nothing here is to be told of a new one.
@Suite struct VariableTests {
    @Test(arguments: SettingsCatalogue.all.map(\.name)) func acceptsItsDefault(_ name: String) throws {
        let setting = try #require(SettingsCatalogue[name])
        let untouched = try SettingsLoader.load(flags: [:], environment: [:], file: nil)
        #expect(untouched[name] == .init(name: name, value: setting.defaultText, origin: .default))
        let written = try SettingsLoader.load(flags: [name: setting.defaultText], environment: [:], file: nil)
        #expect(written[name] == .init(name: name, value: setting.defaultText, origin: .flag))
        #expect(written.settings == untouched.settings && untouched.settings == ServerSettings())
    }

    @Test(arguments: SettingsCatalogue.all.map(\.name)) func takesAGoodValue(_ name: String) throws {
        let setting = try #require(SettingsCatalogue[name])
        let samples = try samples(of: setting)
        #expect(samples.contains { $0.printed != setting.defaultText }, "a sample must differ from the default")
        for sample in samples {
            let beside = partners[name] ?? [:]
            // Some partners are nothing without the variable.
            let without = (try? SettingsLoader.load(flags: [:], environment: beside, file: nil))?.settings ?? ServerSettings()
            let loaded = try SettingsLoader.load(flags: [name: sample.given], environment: beside, file: nil)
            #expect(loaded[name] == .init(name: name, value: sample.printed, origin: .flag))
            #expect((loaded.settings == without) == (sample.printed == setting.defaultText))
            for other in SettingsCatalogue.all where other.name != name && beside[other.name] == nil && !other.followsOthers {
                #expect(loaded[other.name]?.value == other.defaultText)
            }
        }
    }

    @Test(arguments: SettingsCatalogue.all.map(\.name)) func refusesABadValueOnOneLine(_ name: String) throws {
        let setting = try #require(SettingsCatalogue[name])
        // No value of any kind holds a NUL.
        for text in try beyondTheBounds(of: setting) + ["\0"] {
            let line = "\(name)=\(setting.isSecret ? "<hidden>" : text.onOneLine)"
            #expect(refusal(environment: [name: text]) == "\(line) (environment): \(setting.allowed)")
            #expect(refusal(flags: [name: text]) == "\(line) (flag): \(setting.allowed)")
        }
    }

    @Test func everyVariableOfTheContractIsThere() {
        #expect(Set(contract.map(\.name)).isSubset(of: SettingsCatalogue.all.map(\.name)))
        #expect(Set(["WS_HEARTBEAT", "WS_READ_BUFFER", "WS_WRITE_BUFFER"]).isSubset(of: SettingsCatalogue.all.flatMap(\.aliases)))
    }

    @Test(arguments: contract) func hasItsDefault(_ name: String, _ standard: String) throws {
        let loaded = try SettingsLoader.load(flags: [:], environment: [:], file: nil)
        #expect(loaded[name] == .init(name: name, value: standard, origin: .default))
    }

    @Test func noNameIsTakenTwice() {
        let names = SettingsCatalogue.all.flatMap(\.names)
        #expect(Set(names).count == names.count)
    }
}

/// What was promised, and is not taken away or changed.
private let contract: [(name: String, standard: String)] = [
    ("HOST", "0.0.0.0"), ("PORT", "1234"), ("TLS_CERT_FILE", ""), ("TLS_KEY_FILE", ""), ("EVENT_LOOPS", "auto"), ("MAX_CONNECTIONS", "0"),
    ("READ_HEADER_TIMEOUT", "5s"), ("IDLE_TIMEOUT", "1m"), ("SHUTDOWN_GRACE", "10s"), ("CODE_DIGITS", "4"), ("CODE_DIGITS_MAX", "6"),
    ("REDEEM_FAILURES_PER_MIN", "30"), ("ROOM_TTL", "10m"), ("MAILBOX_MAX_MESSAGES", "1000"), ("MAILBOX_MAX_BYTES", "4194304"),
    ("HEARTBEAT", "20s"), ("WS_MAX_MSG", "1048576"), ("WS_READ_BUF", "4096"), ("WS_WRITE_BUF", "4096"), ("DEV", "true"),
    ("CORS_ORIGINS", ""), ("TRUSTED_PROXIES", "127.0.0.0/8,::1/128"), ("HTTP_RATE_PER_MIN", "0"), ("WS_RATE_PER_MIN", "0"),
    ("METRICS_ROUTE", "/metrics"), ("LOG_LEVEL", "info"), ("LOG_FORMAT", "auto"), ("LOG_CLIENT_ADDRESSES", "prefix"),
]

private typealias Sample = (given: String, printed: String)

/// What must be set beside a variable, lest it be refused.
private let partners = [
    "TLS_CERT_FILE": ["TLS_KEY_FILE": "/beside"], "TLS_KEY_FILE": ["TLS_CERT_FILE": "/beside"],
    "NODE_ADDRESS": ["STORE": "valkey://beside"],
    "AUTH": ["API_KEYS_FILE": "/beside", "AUTH_JWKS": "/beside", "AUTH_WEBHOOK_URL": "https://beside.example/"],
    "AUTH_REDEEM": ["AUTH": "key", "API_KEYS_FILE": "/beside"], "API_KEYS_FILE": ["AUTH": "key"],
    "AUTH_JWT_SECRET_FILE": ["AUTH": "jwt"], "AUTH_JWKS": ["AUTH": "jwt"], "AUTH_JWT_ISSUER": ["AUTH": "jwt", "AUTH_JWKS": "/beside"],
    "AUTH_JWT_AUDIENCE": ["AUTH": "jwt", "AUTH_JWKS": "/beside"], "AUTH_WEBHOOK_URL": ["AUTH": "webhook"],
    "TURN_URLS": ["TURN_SECRET": "beside"], "TURN_SECRET": ["TURN_URLS": "turn:beside"], "TURN_SECRET_FILE": ["TURN_URLS": "turn:beside"],
    "ICE_SERVERS_AUTHORIZATION": ["ICE_SERVERS_URL": "https://beside"],
]

/// Of kinds of value whose message does not list what they may be, by what stands for them in `--help`.
private let samplesOfKinds: [String: [Sample]] = [
    "true|false": [("true", "true"), ("FALSE", "false"), ("1", "true"), ("0", "false")],
    "address": [("::1", "::1"), ("localhost", "localhost")],
    "file": [("/etc/x.pem", "/etc/x.pem")],
    "origins": [("https://App.example.org, localhost", "https://app.example.org,localhost"), ("", "")],
    "networks": [("10.0.0.0/8, fd00::1", "10.0.0.0/8,fd00::1/128"), ("", "")],
    "hosts": [("App.example.org, 10.0.0.1:8443,[::1]:80", "app.example.org,10.0.0.1:8443,[::1]:80"), ("", "")],
    "host:port": [("[::1]:9090", "[::1]:9090"), ("localhost:9090", "localhost:9090")],
    // A secret is not shown.
    "key": [("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "<hidden>")],
    // A password is not shown.
    "place": [
        ("memory", "memory"), ("sqlite:///var/lib/state.db", "sqlite:///var/lib/state.db"),
        ("redis://u:secret@host/1", "valkey://***@host:6379/1?prefix=nt"),
    ],
    "url": [("http://10.0.0.5:1234", "http://10.0.0.5:1234"), ("https://node.example", "https://node.example:443")],
    "secret": [("Bearer x", "<hidden>"), ("~", "<hidden>")],
    "servers": [
        ("stun:a.example, STUNS:b.example:5349", #"[{"urls":["stun:a.example","stuns:b.example:5349"]}]"#), ("[]", "[]"),
        // Nor are credentials.
        (
            #"[{"urls":"turn:a","username":"me","credential":"secret"},{"urls":"stun:b"}]"#,
            #"[{"urls":["stun:b"]},{"urls":["turn:a"],"username":"***","credential":"***"}]"#
        ),
    ],
    "turns": [("turn:a.example, turns:b.example:443?transport=tcp", "turn:a.example,turns:b.example:443?transport=tcp")],
    // A key may be in a query.
    "endpoint": [("https://a.example/v1?key=secret", "https://a.example/v1?***"), ("http://[::1]:80", "http://[::1]:80")],
    "off|key|jwt|webhook": [("webhook, JWT,key", "key,jwt,webhook")],
    // A query may be a secret, and is not shown.
    "service": [("HTTPS://App.example/may?k=secret", "https://App.example/may?***"), ("http://[::1]:8080", "http://[::1]:8080")],
    "file|url": [("/etc/jwks.json", "/etc/jwks.json"), ("https://id.example/jwks", "https://id.example/jwks")],
    "text": [("https://id.example/", "https://id.example/")],
    "path": [("/internal/metrics", "/internal/metrics"), ("", "")],
]

/// Values that the message calls good: both bounds of a range, or all that it lists.
private func samples(of setting: any SettingRow) throws -> [Sample] {
    if let (low, high) = bounds(of: setting) {
        return [(low, low), (high, high)] + (setting.placeholder.hasPrefix("auto|") ? [("AUTO", "auto")] : [])
    }
    if let samples = samplesOfKinds[setting.placeholder] { return samples }
    let choices = try #require(setting.allowed.wholeMatch(of: #/must be one of (.+)/#)?.1, "a kind of value that has no sample here")
    return choices.split(separator: ", ").flatMap { [(String($0), String($0)), ($0.uppercased(), String($0))] }
}

/// Just outside of the bounds that the message names.
private func beyondTheBounds(of setting: any SettingRow) throws -> [String] {
    guard let (low, high) = bounds(of: setting) else { return [] }
    if let lowest = Int(low), let highest = Int(high) { return ["\(lowest - 1)", "\(highest + 1)", "+\(low)", "\(low).0"] }
    let shortest = try #require(GoDuration.parse(low))
    return [high + "1ns"] + (shortest > .zero ? [GoDuration.text(shortest - .nanoseconds(1))] : ["-1ns"])
}

private func bounds(of setting: any SettingRow) -> (low: String, high: String)? {
    setting.allowed.firstMatch(of: #/from (\S+) to (\S+)$/#).map { (String($0.1), String($0.2)) }
}
