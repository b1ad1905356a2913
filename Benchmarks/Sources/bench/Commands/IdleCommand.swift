import ArgumentParser

struct IdleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle", abstract: "What silent connections weigh, and what they leave behind.")

    @OptionGroup var server: ServerOptions
    @Option(help: "Connections, two in each room.") var connections = 10_000
    @Option(help: "Seconds they are held before memory is read.") var seconds: Double = 5
    @Option(help: "Seconds after all have closed before it is read again.") var after: Double = 5
    @Option(help: "How often that is repeated on one server process.") var rounds = 1

    func validate() throws {
        guard self.connections >= 2, self.connections.isMultiple(of: 2) else { throw ValidationError("--connections must be even") }
        guard self.seconds > 0, self.after >= 0, self.rounds > 0 else {
            throw ValidationError("--seconds and --rounds must be above 0, --after not below")
        }
    }

    func run() throws {
        try requireDescriptors(self.connections)
        let idle = Idle(rooms: self.connections / 2, hold: self.seconds, after: self.after, rounds: self.rounds)
        let load = "\(self.connections.grouped) silent connections, two in each room"
        try BenchRun(name: "idle", load: load, options: self.server).execute(idle.measure)
    }
}
