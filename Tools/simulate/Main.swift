import ArgumentParser
import Foundation
import SignalingSimulation

@main
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs a server with its clients and network in simulated time, one seed after the other, and checks every step.",
        discussion: """
            Ends with status 1 at the first seed that breaks a promise, after printing the seed and the fewest steps found that still
            break it. The same seed always does the same.
            """)

    @Option(help: "How many seeds to run.")
    var seeds = 2_000

    @Option(help: "The first of them; the others follow.")
    var firstSeed: UInt64 = 1

    @Option(help: "Steps of each seed.")
    var steps = 10_000

    @Option(help: "Processes to run seeds in; 0: one for each core.")
    var workers = 0

    @Flag(help: "Run only the sessions of the Swift client with the server, which each seed has a fiftieth of the steps of.")
    var clients = false

    @Flag(inversion: .prefixedNo, help: "Whether a failing run is made shorter before it is printed.")
    var minimize = true

    @Flag(help: "Print every step of the first seed as it is taken.")
    var trace = false

    @Flag(help: .private)
    var worker = false

    @Option(help: .private)
    var stride = 1

    func validate() throws {
        guard self.seeds > 0, self.steps > 0, self.workers >= 0, self.stride > 0 else {
            throw ValidationError("seeds and steps are numbers above 0")
        }
    }

    func run() throws {
        if self.worker { return self.work() }
        if self.trace {
            let outcome = self.perform(self.firstSeed, tell: { Self.say($0) })
            guard let failure = outcome.failure else { return Self.say("everything held") }
            Self.say("FAILED: \(failure.fault)")
            throw ExitCode.failure
        }
        let workers = min(self.seeds, self.workers > 0 ? self.workers : ProcessInfo.processInfo.activeProcessorCount)
        let campaign = Campaign(
            firstSeed: self.firstSeed, seeds: self.seeds, steps: self.steps, isOfClients: self.clients, workers: workers)
        guard let failed = try campaign.run(report: { Self.say($0) }) else { return }
        Self.say("\nFAILED: seed \(failed.seed): \(failed.fault)")
        let again = "swift run -c release simulate --first-seed \(failed.seed) --steps \(self.steps)\(self.clients ? " --clients" : "")"
        Self.say("again: \(again) --seeds 1; all steps: \(again) --trace")
        if self.minimize, !failed.isCrash { self.explain(failed.seed) }
        throw ExitCode.failure
    }

    /// Every so many seeds, told line by line to the process that started this one.
    private func work() {
        for index in Swift.stride(from: 0, to: self.seeds, by: self.stride) {
            let seed = self.firstSeed + UInt64(index)
            Self.say(WorkerLine.begins(seed).text)
            let outcome = self.perform(seed)
            if let failure = outcome.failure { return Self.say(WorkerLine.failed("after \(failure.steps) steps: \(failure.fault)").text) }
            Self.say(WorkerLine.held(connections: outcome.connections, relayed: outcome.relayed).text)
        }
    }

    private var sessionSteps: Int { (self.steps + 49) / 50 }

    /// A seed's world of clients that the simulation plays, and then its sessions of the Swift client.
    private func perform(
        _ seed: UInt64, tell: ((String) -> Void)? = nil
    ) -> (failure: Run.Failure?, connections: Int, relayed: Int) {
        var connections = 0
        var relayed = 0
        if !self.clients {
            let outcome = Run(seed: seed, steps: self.steps).perform(tell: tell)
            (connections, relayed) = (outcome.connections, outcome.relayed)
            if let failure = outcome.failure { return (failure, connections, relayed) }
        }
        let sessions = SessionRun(seed: seed, steps: self.sessionSteps).perform(tell: tell)
        return (sessions.failure, connections + sessions.connections, relayed)
    }

    private func explain(_ seed: UInt64) {
        Self.say("looking for a shorter trace")
        var trace: [String] = []
        let failure: Run.Failure?
        let taken: String
        let run = Run(seed: seed, steps: self.steps)
        if !self.clients, run.perform().failure != nil {
            let shortest = Minimizer.minimize(run)
            failure = shortest.perform { trace.append($0) }.failure
            taken = "\(shortest.steps.count) of its \(self.steps) steps"
        } else {
            let shortest = Minimizer.minimize(SessionRun(seed: seed, steps: self.sessionSteps))
            failure = shortest.perform { trace.append($0) }.failure
            taken = "\(shortest.steps.count) of the \(self.sessionSteps) steps of its sessions"
        }
        Self.say("\nseed \(seed), \(taken):")
        for (index, line) in trace.enumerated().suffix(200) { Self.say("\(index + 1). \(line)") }
        Self.say("then: \(failure?.fault ?? "nothing")")
    }

    /// At once: what was said last is what is known of a process that crashed.
    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
