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
    }

    @Test(arguments: [
        (["--prot", "1"], "Unknown option '--prot'. Did you mean '--port'?"),
        (["--port"], "Missing value for '--port <n>'"),
        (["--port", "1", "2"], "Unexpected argument '2'"),
    ])
    func whatIsNoFlagIsRefused(_ words: [String], _ message: String) throws {
        let error = #expect(throws: (any Error).self) { try SettingFlags.parse(words) }
        #expect(SettingFlags.message(for: try #require(error)) == message)
    }

    /// As a command takes them in, beside options of its own and inside of the program's.
    @Test func theFlagsReachACommand() throws {
        let command = try #require(try Outer.parseAsRoot(["inner", "--room-ttl=5m", "--own", "--port", "1"]) as? Inner)
        #expect(command.flags.given == ["ROOM_TTL": "5m", "PORT": "1"])
        #expect(command.own)
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
        let names = ["PORT", "TLS_CERT_FILE", "IDLE_TIMEOUT", "ROOM_TTL", "DEV", "CORS_ORIGINS", "DEMO", "METRICS_ROUTE"]
        try withFile("ROOM_TTL=90s\nMETRICS_ROUTE=\n") { path in
            let loaded = try SettingsLoader.load(
                flags: ["PORT": "8080"], environment: ["CORS_ORIGINS": "https://App.example.org,localhost", "DEV": "0"], file: path,
                catalogue: names.compactMap { SettingsCatalogue[$0] })
            #expect(loaded.table.replacing(path, with: "/etc/nt.conf") == golden)
        }
    }

    @Test func theTableHasEverySetting() throws {
        let lines = try SettingsLoader.load(flags: [:], environment: [:], file: nil).table.split(separator: "\n").dropFirst()
        #expect(lines.map { $0.prefix { $0 != " " } } == SettingsCatalogue.all.map { Substring($0.name) })
    }

    @Test func theProcessEnvironmentIsReadForSettingsAlone() {
        let known = Set(SettingsCatalogue.all.flatMap(\.names) + ["CONFIG_FILE"])
        #expect(Set(SettingsLoader.processEnvironment().keys).isSubset(of: known))
    }
}

private struct Outer: ParsableCommand {
    static let configuration = CommandConfiguration(subcommands: [Inner.self])
}

private struct Inner: ParsableCommand {
    @OptionGroup(title: "Settings") var flags: SettingFlags
    @Flag var own = false
}

private let golden = """
    NAME           VALUE                              ORIGIN
    PORT           8080                               flag
    TLS_CERT_FILE  -                                  default
    IDLE_TIMEOUT   1m                                 default
    ROOM_TTL       1m30s                              file /etc/nt.conf
    DEV            false                              environment
    CORS_ORIGINS   https://app.example.org,localhost  environment
    DEMO           false                              default
    METRICS_ROUTE  -                                  file /etc/nt.conf

    """
