import ArgumentParser

struct StormCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm", abstract: "The server is killed under its clients and started again: how long until all are paired again.")

    @OptionGroup var server: ServerOptions
    @Option(help: "Connections, two in each room.") var connections = 2000
    @Option(help: "Seconds between the kill and the new start.") var down: Double = 1
    @Option(help: "Seconds after which those that are not back are given up.") var seconds: Double = 60
    @Flag(inversion: .prefixedNo, help: "Clients wait a random time, longer with each failure; without, each tries every half second.")
    var jitter = true

    func validate() throws {
        guard self.server.url == nil else { throw ValidationError("storm kills the server, so it starts its own: leave out --url") }
        guard self.server.shared.engine == nil else { throw ValidationError("storm is for one server: leave out --engine") }
        guard self.connections >= 2, self.connections.isMultiple(of: 2) else { throw ValidationError("--connections must be even") }
        guard self.down >= 0, self.seconds > self.down else { throw ValidationError("--down must not be below 0, --seconds above it") }
    }

    func run() throws {
        try requireDescriptors(self.connections)
        let backoff: Backoff = self.jitter ? .jittered : .fixed
        let load = "\(self.connections.grouped) connections, two in each room; \(backoff.description)"
        let run = BenchRun(name: "storm", load: load, options: self.server)
        try run.execute { target, progress in
            let loop = try RawLoopFactory.loop(target)
            return try Storm(loop, rooms: self.connections / 2, backoff: backoff)
                .measure(target, down: self.down, limit: self.seconds, progress)
        }
    }
}
