import ArgumentParser

@main
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "How much a server does on one CPU, what it costs, and what its connections weigh.",
        discussion: "Without --url each run starts a server of its own, with nothing but its defaults and the given settings.",
        subcommands: [
            SessionCommand.self, RelayCommand.self, CodesCommand.self, ItemsCommand.self, IdleCommand.self, StormCommand.self,
            ReloadCommand.self, EngineCommand.self, STUNCommand.self, ClientCommand.self,
        ])
}
