import ArgumentParser
import CAllocationCount

/// Does units of the server's work and says how many allocations each took; under Valgrind, whoever runs it counts instructions.
@main
struct Budget: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What a unit of the server's work allocates. scripts/budgets compares it with what is allowed.")

    @Argument(help: "\(Scenario.allCases.map(\.rawValue).joined(separator: ", ")).")
    var scenario: Scenario

    @Argument(help: "Units to do; twice as many are done, and the first half warms up.")
    var units = 1_000

    mutating func run() throws {
        guard self.units > 0 else { throw ValidationError("units must be above 0") }
        guard allocation_count_is_real() else { throw ValidationError("allocations can be counted with glibc only") }
        let server = Server()
        // Tables, pools and caches have grown by then to what they need.
        self.scenario.run(self.units, on: server)
        let before = Meter.allocations
        self.scenario.run(self.units, on: server)
        let allocations = Double(Meter.allocations - before) / Double(self.units)
        print("\(self.scenario.rawValue) \((allocations * 100).rounded() / 100)")
    }
}
