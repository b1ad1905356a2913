import ArgumentParser
import Testing

@testable import ServerConfiguration

@Suite struct FlagsAndTableTests {
    @Test func theFlagsAreThoseOfTheCatalogue() throws {
        #expect(try SettingFlags.parse([]).given.isEmpty)
        let all = try SettingFlags.parse(SettingsCatalogue.all.flatMap { [$0.flag, "value of " + $0.name] })
        let expected = SettingsCatalogue.all.map { ($0.name, "value of " + $0.name) }
        #expect(all.given == Dictionary(uniqueKeysWithValues: expected))
        #expect(all.config == nil)
    }

    @Test func flagsAreSpelledAsTheirVariables() throws {
        #expect(SettingsCatalogue["HTTP_RATE_PER_MIN"]?.flag == "--http-rate-per-min")
        let flags = try SettingFlags.parse(["--config", "/etc/nt.conf", "--http-rate-per-min=5", "--dev", "false", "--dev", "true"])
        #expect(flags.config == "/etc/nt.conf")
        #expect(flags.given == ["HTTP_RATE_PER_MIN": "5", "DEV": "true"])
        #expect(throws: (any Error).self) { try SettingFlags.parse(["--prot", "1"]) }
    }

    @Test func theHelpTellsEveryMeaningAndDefault() {
        // Lines are wrapped for the terminal.
        let help = SettingFlags.helpMessage(columns: 500)
        for setting in SettingsCatalogue.all {
            #expect(help.contains("\(setting.flag) <\(setting.placeholder)>"))
            #expect(help.contains("\(setting.help) (default: \(setting.defaultText.isEmpty ? "empty" : setting.defaultText)"))
        }
        #expect(help.contains("(default: 20s; older name: WS_HEARTBEAT)"))
        #expect(help.contains("--config <file>"))
    }

    @Test func theTableIsReadableAndTellsOrigins() throws {
        try withFile("ROOM_TTL=90s\nMETRICS_ROUTE=\n") { path in
            let loaded = try SettingsLoader.load(
                flags: ["PORT": "8080"], environment: ["CORS_ORIGINS": "https://App.example.org,localhost", "DEV": "0"], file: path)
            #expect(loaded.table.replacing(path, with: "/etc/nt.conf") == golden)
        }
    }

    @Test func theProcessEnvironmentIsReadForSettingsAlone() {
        let known = Set(SettingsCatalogue.all.flatMap { [$0.name] + $0.aliases } + ["CONFIG_FILE"])
        #expect(Set(SettingsLoader.processEnvironment().keys).isSubset(of: known))
    }
}

private let golden = """
    NAME                     VALUE                              ORIGIN
    HOST                     0.0.0.0                            default
    PORT                     8080                               flag
    TLS_CERT_FILE            -                                  default
    TLS_KEY_FILE             -                                  default
    EVENT_LOOPS              auto                               default
    MAX_CONNECTIONS          0                                  default
    READ_HEADER_TIMEOUT      5s                                 default
    IDLE_TIMEOUT             1m                                 default
    SHUTDOWN_GRACE           10s                                default
    CODE_DIGITS              4                                  default
    CODE_DIGITS_MAX          4                                  default
    REDEEM_FAILURES_PER_MIN  30                                 default
    ROOM_TTL                 1m30s                              file /etc/nt.conf
    MAX_ROOMS                100000                             default
    MAILBOX_MAX_MESSAGES     1000                               default
    MAILBOX_MAX_BYTES        4194304                            default
    STORED_BYTES_MAX         268435456                          default
    HEARTBEAT                20s                                default
    WS_MAX_MSG               1048576                            default
    WS_READ_BUF              4096                               default
    WS_WRITE_BUF             4096                               default
    DEV                      false                              environment
    CORS_ORIGINS             https://app.example.org,localhost  environment
    TRUSTED_PROXIES          127.0.0.0/8,::1/128                default
    HTTP_RATE_PER_MIN        0                                  default
    WS_RATE_PER_MIN          0                                  default
    DEMO                     false                              default
    METRICS_ROUTE            -                                  file /etc/nt.conf
    LOG_LEVEL                info                               default
    LOG_FORMAT               auto                               default
    LOG_CLIENT_ADDRESSES     prefix                             default

    """
