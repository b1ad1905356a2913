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
            let beside = partners[name].map { [$0: "/beside"] } ?? [:]
            let loaded = try SettingsLoader.load(flags: [name: sample.given], environment: beside, file: nil)
            #expect(loaded[name] == .init(name: name, value: sample.printed, origin: .flag))
            #expect((loaded.settings == ServerSettings()) == (sample.printed == setting.defaultText))
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
private let partners = ["TLS_CERT_FILE": "TLS_KEY_FILE", "TLS_KEY_FILE": "TLS_CERT_FILE"]

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
    "place": [("memory", "memory"), ("sqlite:///var/lib/state.db", "sqlite:///var/lib/state.db")],
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
