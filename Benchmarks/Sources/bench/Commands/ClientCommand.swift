import ArgumentParser

struct ClientCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "What sessions of the Swift client take of the process that holds them.")

    @OptionGroup var server: ServerOptions
    @Option(help: "Sessions in one process, two in each room.") var sessions = 10_000
    @Option(help: "Items in each room, from one side to the other, one in flight.") var items = 20
    @Option(help: "Seconds that all are held in silence.") var seconds: Double = 5
    @Flag(help: "The lean clients of this package in place of the Swift client.") var lean = false
    @Option(help: "The program that holds the sessions (default: the release build of client-load, or of lean-load).")
    var program: String?

    func validate() throws {
        guard self.sessions >= 2, self.sessions.isMultiple(of: 2) else { throw ValidationError("--sessions must be even") }
        guard self.items > 0, self.seconds > 0 else { throw ValidationError("--items and --seconds must be above 0") }
        guard self.server.shared.engine == nil else { throw ValidationError("client is for one server: leave out --engine") }
    }

    func run() throws {
        try requireDescriptors(self.sessions)
        let sessions = ClientSessions(
            program: self.program ?? ClientProgram.path(isLean: self.lean), rooms: self.sessions / 2, items: self.items, hold: self.seconds)
        let load = "\(self.sessions.grouped) sessions in one process, \(self.lean ? "lean clients" : "the Swift client")"
        try BenchRun(name: "client", load: load, options: self.server).execute(sessions.measure)
    }
}
