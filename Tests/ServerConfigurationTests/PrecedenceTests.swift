import Testing

@testable import ServerConfiguration

@Suite struct PrecedenceTests {
    @Test func flagThenEnvironmentThenFileThenDefault() throws {
        try withFile("HOST=file\nPORT=3\nROOM_TTL=3m\n") { path in
            let loaded = try SettingsLoader.load(
                flags: ["HOST": "flag"], environment: ["HOST": "environment", "PORT": "2"], file: path)
            #expect(loaded["HOST"] == .init(name: "HOST", value: "flag", origin: .flag))
            #expect(loaded["PORT"] == .init(name: "PORT", value: "2", origin: .environment))
            #expect(loaded["ROOM_TTL"] == .init(name: "ROOM_TTL", value: "3m", origin: .file(path)))
            #expect(loaded["HEARTBEAT"] == .init(name: "HEARTBEAT", value: "20s", origin: .default))
            #expect(loaded.settings.host == "flag" && loaded.settings.port == 2 && loaded.settings.roomTTL == .seconds(180))
        }
    }

    @Test func theFlagNamesTheFileBeforeTheEnvironmentDoes() throws {
        try withFile("PORT=1") { first in
            try withFile("PORT=2") { second in
                let both = try SettingsLoader.load(flags: [:], environment: ["CONFIG_FILE": second], file: first)
                #expect(both.settings.port == 1)
                let environment = try SettingsLoader.load(flags: [:], environment: ["CONFIG_FILE": second], file: nil)
                #expect(environment["PORT"]?.origin == .file(second))
                #expect(try SettingsLoader.load(flags: [:], environment: ["CONFIG_FILE": ""], file: nil).settings == ServerSettings())
            }
        }
    }

    @Test(arguments: [
        ("HEARTBEAT", "WS_HEARTBEAT", "5s", "7s"), ("WS_READ_BUF", "WS_READ_BUFFER", "600", "700"),
        ("WS_WRITE_BUF", "WS_WRITE_BUFFER", "600", "700"),
    ])
    func anOlderNameCountsWhereTheSameSourceLacksTheNewer(_ name: String, _ older: String, _ one: String, _ two: String) throws {
        func value(_ environment: [String: String], file: String = "") throws -> String? {
            try withFile(file) { try SettingsLoader.load(flags: [:], environment: environment, file: $0)[name]?.value }
        }
        #expect(try value([older: one]) == one)
        #expect(try value([older: one, name: two]) == two)
        #expect(try value([older: one, name: ""]) == one)
        #expect(try value([:], file: "\(older)=\(one)") == one)
        #expect(try value([:], file: "\(older)=\(one)\n\(name)=\(two)") == two)
        // The environment comes before the file, by whichever name.
        #expect(try value([older: one], file: "\(name)=\(two)") == one)
    }

    @Test func theMessageUsesTheNameThatWasWritten() {
        #expect(
            refusal(environment: ["WS_HEARTBEAT": "9"])
                == "WS_HEARTBEAT=9 (environment): must be a duration such as 10s, 1h30m or 500ms, from 1s to 1h")
    }

    @Test func anEmptyVariableIsUnsetExceptWhereItSaysSomething() throws {
        var environment: [String: String] = [:]
        for setting in SettingsCatalogue.all { environment[setting.name] = "" }
        var expected = ServerSettings()
        expected.corsOrigins = []
        expected.trustedProxies = []
        expected.metricsRoute = nil
        let loaded = try SettingsLoader.load(flags: [:], environment: environment, file: nil)
        #expect(loaded.settings == expected)
        #expect(
            loaded.origins.filter { $0.origin == .environment }.map(\.name) == [
                "TURN_URLS", "CORS_ORIGINS", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "METRICS_ROUTE",
            ])
    }

    @Test func anEmptyFlagMeansWhatItSays() throws {
        let files = ["TLS_CERT_FILE": "/c", "TLS_KEY_FILE": "/k"]
        let none = ["TLS_CERT_FILE": "", "TLS_KEY_FILE": ""]
        #expect(try SettingsLoader.load(flags: none, environment: files, file: nil).settings == ServerSettings())
        #expect(refusal(flags: ["PORT": ""]) == "PORT= (flag): must be a whole number from 0 to 65535")
    }

    @Test func otherVariablesOfTheEnvironmentAreNoConcern() throws {
        #expect(try SettingsLoader.load(flags: [:], environment: ["PATH": "/bin", "PORTS": "x"], file: nil).settings == ServerSettings())
    }

    @Test(arguments: [("TLS_CERT_FILE", "TLS_KEY_FILE"), ("TLS_KEY_FILE", "TLS_CERT_FILE")])
    func oneTLSFileIsNotEnough(_ set: String, _ missing: String) {
        #expect(
            refusal(environment: [set: "/x.pem"]) == "\(set)=/x.pem (environment): must be set together with \(missing), which is not set")
    }

    @Test func codeDigitsMustFitUnderTheirMaximum() throws {
        let alone = try SettingsLoader.load(flags: [:], environment: ["CODE_DIGITS": "6"], file: nil)
        #expect(alone.settings.codeDigitsMax == 6)
        #expect(alone["CODE_DIGITS_MAX"]?.value == "6")
        #expect(
            refusal(flags: ["CODE_DIGITS_MAX": "5"], environment: ["CODE_DIGITS": "6"])
                == "CODE_DIGITS_MAX=5 (flag): must be at least CODE_DIGITS, which is 6 (environment)")
        #expect(refusal(environment: ["CODE_DIGITS": "6", "CODE_DIGITS_MAX": "6"]) == nil)
    }

    @Test(arguments: [([:], true), (["DEV": "false"], false), (["DEV": "false", "DEMO": "true"], true), (["DEMO": "false"], false)])
    func thePageIsForDevelopersUnlessItIsAskedFor(_ environment: [String: String], _ isOn: Bool) throws {
        let loaded = try SettingsLoader.load(flags: [:], environment: environment, file: nil)
        #expect(loaded.settings.demo == isOn)
        #expect(loaded["DEMO"]?.value == "\(isOn)")
    }

    @Test func messagesStayOnOneShortLine() {
        let forged = refusal(environment: ["LOG_LEVEL": "x\nPORT=1\u{1b}[31m\u{202e}\u{2028}"])
        #expect(forged?.hasPrefix("LOG_LEVEL=x\\nPORT=1\\u{1B}[31m\\u{202E}\\u{2028} (environment): must be one of") == true)
        let long = refusal(environment: ["PORT": String(repeating: "9", count: 100_000)])
        #expect(long == "PORT=\(String(repeating: "9", count: 200))… (environment): must be a whole number from 0 to 65535")
    }

    /// To the eye each of these is short: one letter with marks upon it, invisible characters that are spelled out, one long line of a file.
    @Test(arguments: ["e" + String(repeating: "\u{301}", count: 5_000), String(repeating: "\u{200b}", count: 5_000)])
    func messagesAreShortInBytes(_ text: String) throws {
        let refusals =
            [refusal(environment: ["PORT": text]), refusal(environment: ["TLS_KEY_FILE": text])]
            + (try [text, text + "=1"].map { line in try withFile(line) { refusal(file: $0) } })
        for refusal in refusals {
            let line = try #require(refusal)
            #expect(line.contains("…"))
            #expect(line.utf8.count < 400, "\(line)")
        }
    }

    @Test func theKeyOfTokensIsASecretAndIsGivenOnce() throws {
        let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        let loaded = try SettingsLoader.load(flags: [:], environment: ["TOKEN_KEY": key], file: nil)
        #expect(loaded.settings.tokenKey == Array(0..<32))
        #expect(!loaded.table.contains(key) && loaded.table.contains("<hidden>"))
        #expect(
            refusal(environment: ["TOKEN_KEY": key, "TOKEN_KEY_FILE": "/k"])
                == "TOKEN_KEY_FILE=/k (environment): must not be set together with TOKEN_KEY, which is <hidden> (environment)")
    }

    @Test(arguments: [
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ==", "hunter2",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
    ])
    func aKeyOfAnotherLengthIsRefusedAndNotShown(key: String) {
        let line = "TOKEN_KEY=<hidden> (environment): must be 32 bytes in Base64, as `openssl rand -base64 32` prints them"
        #expect(refusal(environment: ["TOKEN_KEY": key]) == line)
    }

    @Test(
        arguments: [
            ("", []), ("AA==", [0]), ("AA", [0]), (" AAE=\n", [0, 1]), ("AAEC", [0, 1, 2]), ("////", [255, 255, 255]),
            ("+/+/", [251, 255, 191]),
        ] as [(String, [UInt8])])
    func base64IsRead(text: String, bytes: [UInt8]) { #expect(decodedBase64(text) == bytes) }

    @Test(arguments: ["A", "AAAAA", "AB==", "AAB=", "AA=A", "====", "=", "A A=", "__--", "AA==="])
    func whatIsNoBase64IsRefused(text: String) { #expect(decodedBase64(text) == nil) }

    @Test func aSecretIsNeverShown() throws {
        let secret = Setting("HOST", .host, default: "0.0.0.0", isSecret: true, "A secret.")
        let loaded = try SettingsLoader.load(flags: [:], environment: ["HOST": "hunter2"], file: nil, catalogue: [secret])
        #expect(loaded.settings.host == "hunter2")
        #expect(loaded.table.contains("<hidden>") && !loaded.table.contains("hunter2"))
        let examined = SettingsLoader.examine(flags: [:], environment: ["HOST": "hunter 2"], file: nil, catalogue: [secret])
        #expect(examined.faults.map(\.line) == ["HOST=<hidden> (environment): must be an IP address or a host name"])
    }
}
