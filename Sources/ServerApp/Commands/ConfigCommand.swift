import ArgumentParser
import ServerConfiguration

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Print the settings in force and where each came from.")

    @OptionGroup(title: "Settings") var flags: SettingFlags

    /// For scripts/generate: prints the list of all settings in the form of this file of the repository.
    @Option(help: .hidden) var page: SettingsPage?

    func run() throws {
        if let page { return print(page.text, terminator: "") }
        print(try self.flags.load().table)
    }
}

extension SettingFlags {
    /// Loads flags, environment, file and defaults; bad values end the command with a line for each.
    func load() throws -> LoadedSettings {
        let examined = self.examine()
        guard examined.faults.isEmpty else { throw CommandFailure(lines: examined.faults.map(\.line)) }
        return examined.loaded
    }

    func examine() -> ExaminedSettings {
        SettingsLoader.examine(flags: self.given, environment: SettingsLoader.processEnvironment(), file: self.config)
    }
}
