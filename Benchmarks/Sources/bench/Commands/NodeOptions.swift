import ArgumentParser

/// Several servers that share an engine.
struct NodeOptions: ParsableArguments {
    @Option(help: "Servers, all of which share the engine.") var nodes = 1
    @Option(help: "Start this engine for each run, and have the servers share it: redis, valkey, or a program's path.")
    var engine: String?
    @Flag(help: "The engine appends all that changes to a file, which is on the disk every second.") var aof = false
    @Option(
        help: "The sides of a room connect apart (A to its home, B to another node), together (to the home), or gathered (all A to one).")
    var sides = NodePlaces.Sides.apart

    /// Keys of the engine that the run starts begin with it.
    private static let prefix = "bench"

    static func store(port: String) -> String { "valkey://127.0.0.1:\(port)/0?prefix=\(Self.prefix)" }

    func validate() throws {
        guard 1...64 ~= self.nodes else { throw ValidationError("--nodes must be from 1 to 64") }
        guard self.engine != nil || self.nodes == 1 && !self.aof else { throw ValidationError("--nodes and --aof need an --engine") }
    }

    /// What a report says of them; nothing where there is no engine.
    func description(engineName: String?) -> String {
        guard let engineName else { return "" }
        let engine = self.aof ? "\(engineName) with appendonly" : engineName
        return self.nodes == 1 ? "; one node on \(engine)" : "; \(self.nodes) nodes on \(engine), sides \(self.sides)"
    }
}
