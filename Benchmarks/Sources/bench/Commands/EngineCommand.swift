import ArgumentParser

struct EngineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine", abstract: "What an engine carries, asked directly what nodes ask for pairings and for items.")

    @OptionGroup var server: ServerOptions
    @Option(help: "Seconds measured, of pairings and then of items.") var seconds: Double = 5
    @Option(help: "Connections, as of so many nodes.") var connections = 4
    @Option(help: "Calls in the pipeline of each.") var inPipeline = 32

    func validate() throws {
        guard self.server.shared.engine != nil else { throw ValidationError("engine needs an --engine") }
        guard self.server.shared.nodes == 1 else {
            throw ValidationError("engine starts the two nodes that it listens to: leave out --nodes")
        }
        guard self.seconds > 0, 1...64 ~= self.connections, 1...256 ~= self.inPipeline else {
            throw ValidationError("--seconds must be above 0, --connections from 1 to 64, --in-pipeline from 1 to 256")
        }
    }

    func run() throws {
        var options = self.server
        options.shared.nodes = 2
        options.shared.sides = .apart
        let measurement = EngineMeasurement(seconds: self.seconds, lanes: self.connections, inPipeline: self.inPipeline)
        let load = "\(self.connections) connections with \(self.inPipeline) calls in the pipeline"
        try BenchRun(name: "engine", load: load, options: options).execute(measurement.measure)
    }
}
