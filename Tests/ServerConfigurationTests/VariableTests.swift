import Testing

@testable import ServerConfiguration

/// One variable: its default, a good value with the spelling it is printed in, and a bad one with the rest of its message.
struct Variable: Sendable, CustomTestStringConvertible {
    let name: String
    let standard: String
    let good: (given: String, printed: String)
    let bad: String
    let allowed: String
    /// What must be set beside it.
    var beside: [String: String] = [:]

    var testDescription: String { self.name }
}

private let levels = "must be one of trace, debug, info, notice, warning, error, critical"
private let rate = "must be a whole number from 0 to 1000000"

private func duration(_ range: String) -> String { "must be a duration such as 10s, 1h30m or 500ms, from \(range)" }

let variables: [Variable] = [
    Variable(name: "HOST", standard: "0.0.0.0", good: ("::1", "::1"), bad: "10.0.0.256", allowed: "must be an IP address or a host name"),
    Variable(name: "PORT", standard: "1234", good: ("0", "0"), bad: "99999", allowed: "must be a whole number from 0 to 65535"),
    Variable(
        name: "TLS_CERT_FILE", standard: "", good: ("/c.pem", "/c.pem"), bad: "/c\0.pem", allowed: "must be the path of a file",
        beside: ["TLS_KEY_FILE": "/k.pem"]),
    Variable(
        name: "TLS_KEY_FILE", standard: "", good: ("/k.pem", "/k.pem"), bad: "/k\0.pem", allowed: "must be the path of a file",
        beside: ["TLS_CERT_FILE": "/c.pem"]),
    Variable(
        name: "EVENT_LOOPS", standard: "auto", good: ("4", "4"), bad: "257", allowed: "must be auto or a whole number from 1 to 256"),
    Variable(
        name: "MAX_CONNECTIONS", standard: "0", good: ("5000", "5000"), bad: "-1", allowed: "must be a whole number from 0 to 10000000"),
    Variable(name: "READ_HEADER_TIMEOUT", standard: "5s", good: ("1500ms", "1.5s"), bad: "5", allowed: duration("100ms to 5m")),
    Variable(name: "IDLE_TIMEOUT", standard: "1m", good: ("90s", "1m30s"), bad: "25h", allowed: duration("1s to 24h")),
    Variable(name: "SHUTDOWN_GRACE", standard: "10s", good: ("0", "0s"), bad: "11m", allowed: duration("0s to 10m")),
    Variable(
        name: "CODE_DIGITS", standard: "4", good: ("6", "6"), bad: "3", allowed: "must be a whole number from 4 to 8",
        beside: ["CODE_DIGITS_MAX": "8"]),
    Variable(name: "CODE_DIGITS_MAX", standard: "4", good: ("8", "8"), bad: "9", allowed: "must be a whole number from 4 to 8"),
    Variable(name: "REDEEM_FAILURES_PER_MIN", standard: "30", good: ("0", "0"), bad: "many", allowed: rate),
    Variable(name: "ROOM_TTL", standard: "10m", good: ("1h30m", "1h30m"), bad: "500ms", allowed: duration("1s to 24h")),
    Variable(name: "MAX_ROOMS", standard: "100000", good: ("1", "1"), bad: "0", allowed: "must be a whole number from 1 to 10000000"),
    Variable(
        name: "MAILBOX_MAX_MESSAGES", standard: "1000", good: ("50", "50"), bad: "1e3", allowed: "must be a whole number from 1 to 1000000"),
    Variable(
        name: "MAILBOX_MAX_BYTES", standard: "4194304", good: ("1024", "1024"), bad: "4MiB",
        allowed: "must be a whole number from 1024 to 1073741824"),
    Variable(
        name: "STORED_BYTES_MAX", standard: "268435456", good: ("1048576", "1048576"), bad: "1000",
        allowed: "must be a whole number from 1048576 to 1099511627776"),
    Variable(name: "HEARTBEAT", standard: "20s", good: ("1h", "1h"), bad: "500ms", allowed: duration("1s to 1h")),
    Variable(
        name: "WS_MAX_MSG", standard: "1048576", good: ("1024", "1024"), bad: "1023",
        allowed: "must be a whole number from 1024 to 67108864"),
    Variable(
        name: "WS_READ_BUF", standard: "4096", good: ("512", "512"), bad: "511", allowed: "must be a whole number from 512 to 1048576"),
    Variable(
        name: "WS_WRITE_BUF", standard: "4096", good: ("1048576", "1048576"), bad: "1048577",
        allowed: "must be a whole number from 512 to 1048576"),
    Variable(name: "DEV", standard: "true", good: ("FALSE", "false"), bad: "maybe", allowed: "must be true or false (or 1 or 0)"),
    Variable(
        name: "CORS_ORIGINS", standard: "", good: ("https://App.example.org, localhost", "https://app.example.org,localhost"),
        bad: "https://app.example.org/",
        allowed: "must be origins (https://app.example.org) or host names (app.example.org), separated by commas"),
    Variable(
        name: "TRUSTED_PROXIES", standard: "127.0.0.0/8,::1/128", good: ("10.0.0.0/8, fd00::1", "10.0.0.0/8,fd00::1"), bad: "10.0.0.0/33",
        allowed: "must be IP addresses or networks (10.0.0.0/8, fd00::/8), separated by commas"),
    Variable(name: "HTTP_RATE_PER_MIN", standard: "0", good: ("120", "120"), bad: "+5", allowed: rate),
    Variable(name: "WS_RATE_PER_MIN", standard: "0", good: ("60", "60"), bad: "1.5", allowed: rate),
    Variable(
        name: "DEMO", standard: "true", good: ("0", "false"), bad: "yes", allowed: "must be true or false (or 1 or 0)"),
    Variable(
        name: "METRICS_ROUTE", standard: "/metrics", good: ("/internal/metrics", "/internal/metrics"), bad: "/ws",
        allowed: "must be a path that starts with / and is none of /, /healthz, /readyz, /rendezvous/code, /rendezvous/redeem, /ws, "
            + "nor under /client/ or /demo/; or empty, to turn metrics off"),
    Variable(name: "LOG_LEVEL", standard: "info", good: ("Warn", "warning"), bad: "loud", allowed: levels),
    Variable(name: "LOG_FORMAT", standard: "auto", good: ("JSON", "json"), bad: "xml", allowed: "must be one of auto, text, json"),
    Variable(
        name: "LOG_CLIENT_ADDRESSES", standard: "prefix", good: ("full", "full"), bad: "none", allowed: "must be one of prefix, full"),
]

@Suite struct VariableTests {
    @Test func everyVariableIsTestedHere() {
        #expect(variables.map(\.name) == SettingsCatalogue.all.map(\.name))
    }

    @Test func everyVariableOfTheContractIsThere() {
        let contract: Set = [
            "HOST", "PORT", "ROOM_TTL", "HEARTBEAT", "WS_MAX_MSG", "WS_READ_BUF", "WS_WRITE_BUF", "HTTP_RATE_PER_MIN", "WS_RATE_PER_MIN",
            "CORS_ORIGINS", "DEV", "TLS_CERT_FILE", "TLS_KEY_FILE", "METRICS_ROUTE", "LOG_LEVEL", "READ_HEADER_TIMEOUT", "IDLE_TIMEOUT",
            "REDEEM_FAILURES_PER_MIN", "TRUSTED_PROXIES", "CODE_DIGITS", "CODE_DIGITS_MAX", "MAX_CONNECTIONS", "MAILBOX_MAX_MESSAGES",
            "MAILBOX_MAX_BYTES", "SHUTDOWN_GRACE", "EVENT_LOOPS", "LOG_FORMAT", "LOG_CLIENT_ADDRESSES",
        ]
        let ours: Set = ["MAX_ROOMS", "STORED_BYTES_MAX", "DEMO"]
        #expect(Set(SettingsCatalogue.all.map(\.name)) == contract.union(ours))
        #expect(Set(SettingsCatalogue.all.flatMap(\.aliases)) == ["WS_HEARTBEAT", "WS_READ_BUFFER", "WS_WRITE_BUFFER"])
    }

    @Test(arguments: variables) func hasItsDefault(_ variable: Variable) throws {
        let loaded = try SettingsLoader.load(flags: [:], environment: [:], file: nil)
        #expect(loaded[variable.name]?.value == variable.standard)
        #expect(loaded[variable.name]?.origin == .default)
        #expect(SettingsCatalogue[variable.name]?.defaultText == variable.standard)
    }

    /// A default that its own check refuses could not be written down by an operator.
    @Test(arguments: variables) func acceptsItsDefault(_ variable: Variable) throws {
        let loaded = try SettingsLoader.load(flags: [variable.name: variable.standard], environment: [:], file: nil)
        #expect(loaded.settings == ServerSettings())
        #expect(loaded[variable.name]?.origin == .flag)
    }

    @Test(arguments: variables) func takesAGoodValue(_ variable: Variable) throws {
        let environment = variable.beside.merging([variable.name: variable.good.given]) { $1 }
        let loaded = try SettingsLoader.load(flags: [:], environment: environment, file: nil)
        #expect(loaded[variable.name]?.value == variable.good.printed)
        #expect(loaded[variable.name]?.origin == .environment)
        #expect(loaded.settings != ServerSettings())
    }

    @Test(arguments: variables) func refusesABadValueOnOneLine(_ variable: Variable) {
        let shown = variable.bad.replacing("\0", with: #"\0"#)
        let environment = variable.beside.merging([variable.name: variable.bad]) { $1 }
        #expect(refusal(environment: environment) == "\(variable.name)=\(shown) (environment): \(variable.allowed)")
        #expect(refusal(flags: environment) == "\(variable.name)=\(shown) (flag): \(variable.allowed)")
    }

    @Test func eachVariableSetsAFieldOfItsOwn() throws {
        var values: [String: String] = [:]
        for variable in variables { values[variable.name] = variable.good.given }
        let settings = try SettingsLoader.load(flags: [:], environment: values, file: nil).settings
        var expected = ServerSettings()
        expected.host = "::1"
        expected.port = 0
        expected.tlsCertificateFile = "/c.pem"
        expected.tlsKeyFile = "/k.pem"
        expected.eventLoops = .count(4)
        expected.maxConnections = 5000
        expected.readHeaderTimeout = .milliseconds(1500)
        expected.idleTimeout = .seconds(90)
        expected.shutdownGrace = .zero
        expected.codeDigits = 6
        expected.codeDigitsMax = 8
        expected.redeemFailuresPerMinute = 0
        expected.roomTTL = .seconds(5400)
        expected.maxRooms = 1
        expected.mailboxMaxMessages = 50
        expected.mailboxMaxBytes = 1024
        expected.storedBytesMax = 1_048_576
        expected.heartbeat = .seconds(3600)
        expected.wsMaxMessage = 1024
        expected.wsReadBuffer = 512
        expected.wsWriteBuffer = 1_048_576
        expected.dev = false
        expected.corsOrigins = ["https://app.example.org", "localhost"]
        expected.trustedProxies = ["10.0.0.0/8", "fd00::1"]
        expected.httpRatePerMinute = 120
        expected.wsRatePerMinute = 60
        expected.demo = false
        expected.metricsRoute = "/internal/metrics"
        expected.logLevel = .warning
        expected.logFormat = .json
        expected.logClientAddresses = .full
        #expect(settings == expected)
    }
}
