import RawLoad
import ServerUnderTest

/// A load that goes on evenly for as long as one likes.
protocol SteadyScenario: RawClient {
    /// One of what is counted.
    var unit: String { get }
    /// Units done, and what went wrong, since the start or `forgetWarmUp`.
    var done: Int { get }
    var errors: ErrorCounts { get }
    func begin(_ progress: Progress) throws
    /// About twenty times a second.
    func tick() throws
    func forgetWarmUp()
    /// After the time measured: waits for what is still on its way.
    func finish() throws
    func addFigures(to outcome: inout Outcome)
}

/// Lets a load warm up, measures it, and puts its figures together.
struct SteadyMeasurement {
    let time: TimeOptions
    let scenario: (RawLoop, NodePlaces) -> any SteadyScenario

    func measure(_ target: Target, _ progress: Progress) throws -> Outcome {
        let loop = try RawLoopFactory.loop(target)
        let scenario = self.scenario(loop, target.places)
        loop.client = scenario
        defer { loop.client = nil }
        try scenario.begin(progress)
        progress.show("warming up")
        try loop.run(seconds: self.time.warmup) {
            try scenario.tick()
            return false
        }
        scenario.forgetWarmUp()
        let engineBefore = target.engine?.figures
        let start = Snapshot(target)
        var last = start
        var lastDone = 0
        try loop.run(seconds: self.time.seconds) {
            try scenario.tick()
            if progress.isDue(loop.now) {
                let now = Snapshot(target)
                let rate = Double(scenario.done - lastDone) / (now.seconds - last.seconds)
                progress.show(Self.line(rate, scenario, now, start, CPUShares(from: last, to: now)))
                (last, lastDone) = (now, scenario.done)
            }
            return false
        }
        let end = Snapshot(target)
        let engineAfter = target.engine?.figures
        let done = scenario.done
        var outcome = Outcome()
        let rate = Double(done) / (end.seconds - start.seconds)
        outcome.add("\(scenario.unit)s_per_s", "\(scenario.unit)s a second", .count, rate)
        try scenario.finish()
        scenario.addFigures(to: &outcome)
        outcome.addCPU(from: start, to: end, units: done, unit: scenario.unit)
        if let engineBefore, let engineAfter {
            outcome.addEngine(from: engineBefore, to: engineAfter, units: done, unit: scenario.unit)
        }
        outcome.add("server_rss_end_mb", "server memory (RSS)", .megabytes, end.memory.map { Double($0.resident) / 1e6 })
        outcome.add("server_anon_end_mb", "server memory (anonymous)", .megabytes, end.memory.map { Double($0.anonymous) / 1e6 })
        outcome.add("store_mb", "store's file", .megabytes, target.storeSize.map { Double($0.all) / 1e6 })
        outcome.add(scenario.errors)
        if done == 0 { outcome.failures.append("not one \(scenario.unit) was done") }
        return outcome
    }

    private static func line(
        _ rate: Double, _ scenario: any SteadyScenario, _ now: Snapshot, _ start: Snapshot, _ shares: CPUShares
    ) -> String {
        var parts = ["\(Int(now.seconds - start.seconds)) s", "\(Int(rate).grouped) \(scenario.unit)s/s"]
        parts += [("server", shares.server), ("engine", shares.engine), ("generator", shares.generator), ("others", shares.foreign)]
            .compactMap { name, share in
                share.map { "\(name) \(Int($0)) %" }
            }
        if scenario.errors.total > 0 { parts.append("\(scenario.errors.total) ERRORS") }
        return parts.joined(separator: "  ")
    }
}
