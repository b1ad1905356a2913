package import ArgumentParser
import ServerConfiguration

package struct RootCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "nt-backend-wrtc",
        abstract: "Pairs two WebRTC peers: short codes, signaling and mailboxes.",
        discussion: SettingsCatalogue.sourcesNote + "\n\n" + SettingsCatalogue.helpTable,
        version: BuildVersion.current,
        subcommands: [
            ServeCommand.self, PairCommand.self, ConfigCommand.self, CheckCommand.self, DoctorCommand.self, HealthcheckCommand.self,
            StoreCommand.self, KeyCommand.self, TopCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)

    package init() {}
}
