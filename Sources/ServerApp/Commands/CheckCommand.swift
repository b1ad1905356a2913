import ArgumentParser
import PairTool
import ServerConfiguration
import SetupCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is wrong with the settings and with this machine, all at once.",
        discussion: """
            Looks at each setting, at files and certificates, at ports, the store and the servers that settings name, as the user who runs it. \
            It exits with 0 if all is well, with 1 if there are warnings, and with 2 if there are faults, with which a server would not start or \
            serve nobody.
            """)

    @OptionGroup(title: "Settings") var flags: SettingFlags

    @Flag(help: "For scripts: print one JSON object.") var json = false
    @Flag(help: "A server with these settings runs: do not ask for its ports and its store.") var running = false

    func run() async throws {
        let report = FindingsReport(await SetupCheck(self.flags.examine(), besideServer: self.running).findings())
        if self.json {
            print(report.json(PairValue.quoted))
        } else {
            let isColoured = TerminalKind.isTerminal(STDOUT_FILENO) && getenv("NO_COLOR") == nil
            print(report.text(inColour: isColoured), terminator: "")
        }
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }
}
