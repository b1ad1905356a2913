import Testing

@testable import ServerConfiguration

@Suite struct SettingsChangeTests {
    private static func settings(_ values: [String: String]) throws -> ServerSettings {
        try SettingsLoader.load(flags: [:], environment: values, file: nil).settings
    }

    private static func change(_ running: [String: String], _ read: [String: String]) throws -> SettingsChange {
        SettingsChange(running: try Self.settings(running), read: try Self.settings(read))
    }

    @Test func whatIsTheSameIsNoChange() throws {
        let change = try Self.change(["PORT": "80", "LOG_LEVEL": "debug"], ["PORT": "80", "LOG_LEVEL": "debug"])
        #expect(change.taken.isEmpty && change.waiting.isEmpty)
    }

    @Test func someAreTakenAndTheOthersWait() throws {
        let running = ["PORT": "80", "DEMO": "true"]
        let read = ["PORT": "81", "DEMO": "true", "LOG_LEVEL": "debug", "HTTP_RATE_PER_MIN": "7", "CORS_ORIGINS": "a.example"]
        let change = try Self.change(running, read)
        #expect(change.taken == ["CORS_ORIGINS=a.example", "HTTP_RATE_PER_MIN=7", "LOG_LEVEL=debug"])
        #expect(change.waiting == ["PORT"])
        #expect(change.settings.port == 80 && change.settings.logLevel == .debug && change.settings.httpRatePerMinute == 7)
        // What is in force now differs by what waits alone.
        let again = SettingsChange(running: change.settings, read: try Self.settings(read))
        #expect(again.taken.isEmpty && again.waiting == ["PORT"])
    }

    @Test func aSettingThatFollowsAnotherWaitsLikeOneThatIsGiven() throws {
        let change = try Self.change([:], ["DEV": "false"])
        #expect(change.taken == ["DEV=false"] && change.waiting == ["DEMO"])
        #expect(!change.settings.dev && change.settings.demo)
    }

    @Test func secretsAreNamedOnly() throws {
        let turn = ["TURN_URLS": "turn:t.example", "TURN_SECRET": "the first of two secrets"]
        let change = try Self.change(turn, turn.merging(["TURN_SECRET": "the second of two secrets"]) { $1 })
        #expect(change.taken == ["TURN_SECRET"])
        #expect(change.settings.turnSecret == "the second of two secrets")
        let listed = try Self.change([:], ["ICE_SERVERS": #"[{"urls":"turn:t.example","username":"u","credential":"s3cret"}]"#])
        #expect(listed.taken.count == 1 && !listed.taken[0].contains("s3cret"))
    }

    /// Whether there is TLS, or a key for each caller, is decided at the start.
    @Test func filesMayBeReplacedAndNotComeOrGo() throws {
        let (one, two) = (["TLS_CERT_FILE": "/c1", "TLS_KEY_FILE": "/k1"], ["TLS_CERT_FILE": "/c2", "TLS_KEY_FILE": "/k1"])
        let replaced = try Self.change(one, two)
        #expect(replaced.taken == ["TLS_CERT_FILE=/c2"] && replaced.settings.tlsCertificateFile == "/c2")
        for (running, read) in [(one, [:]), ([:], one)] {
            let change = try Self.change(running, read)
            #expect(change.taken.isEmpty && change.waiting == ["TLS_CERT_FILE", "TLS_KEY_FILE"])
            #expect(change.settings.tlsCertificateFile == running["TLS_CERT_FILE"])
        }
        let auth = try Self.change(["AUTH": "key", "API_KEYS_FILE": "/a"], [:])
        #expect(auth.taken.isEmpty && auth.waiting == ["ROOMS", "AUTH", "API_KEYS_FILE"])
    }
}
