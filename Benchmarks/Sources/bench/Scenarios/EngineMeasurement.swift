import Foundation
import RawLoad
import ServerUnderTest

/// Hears what two nodes ask the engine for pairings and items, and then asks the same as fast as the engine replies.
struct EngineMeasurement {
    let seconds: Double
    let lanes: Int
    let inPipeline: Int

    private static let warmUp = 0.5

    func measure(_ target: Target, _ progress: Progress) throws -> Outcome {
        guard let engine = target.engine else { throw RawFailure.gaveUp("there is no engine") }
        progress.show("listening to what nodes ask for")
        let calls = try self.record(target, engine, progress)
        var outcome = Outcome()
        for unit in [EngineLoad.Unit.pairing, .item] {
            let load = try EngineLoad(calls, unit, port: engine.port, lanes: self.lanes, inPipeline: self.inPipeline)
            try load.begin()
            try load.run(until: Self.time(in: Self.warmUp))
            let (before, start, doneBefore) = (engine.figures, Snapshot(target), load.done)
            progress.show("\(unit)s")
            try load.run(until: Self.time(in: self.seconds))
            let (after, end, done) = (engine.figures, Snapshot(target), load.done - doneBefore)
            try load.finish()
            guard let before, let after, done > 0 else { throw RawFailure.gaveUp("the engine tells no figures") }
            outcome.add("\(unit)s_per_s", "\(unit)s a second", .count, Double(done) / (end.seconds - start.seconds))
            outcome.addEngine(from: before, to: after, units: done, unit: unit.rawValue)
            let shares = CPUShares(from: start, to: end)
            outcome.add("engine_cpu_pct_\(unit)s", "engine CPU, \(unit)s", .percent, shares.engine)
            if unit == .pairing { outcome.addDisturbance(shares) }
        }
        return outcome
    }

    private static func time(in seconds: Double) -> UInt64 { MonotonicClock.now + UInt64(seconds * 1e9) }

    private func record(_ target: Target, _ engine: EngineProcess, _ progress: Progress) throws -> RecordedCalls {
        let monitor = try EngineMonitor(port: engine.port)
        let asking = try EngineClient(port: engine.port)
        func heard(_ scenario: (RawLoop, NodePlaces) -> any SteadyScenario) throws -> [RecordedCall] {
            let loop = try RawLoopFactory.loop(target)
            let scenario = scenario(loop, target.places)
            loop.client = scenario
            defer { loop.client = nil }
            try scenario.begin(progress)
            try loop.run(seconds: 1) {
                try scenario.tick()
                return scenario.done >= 3
            }
            try scenario.finish()
            // A room is released when both have left: a moment later.
            loop.client = nil
            try loop.run(seconds: 0.2)
            return try monitor.calls(endingWith: UUID().uuidString, on: asking).compactMap(RecordedCall.init)
        }
        let pairing = try heard { Session($0, $1, concurrency: 1) }
        let items = try heard { Items($0, $1, rooms: 1, load: .inFlight(1), bytes: 200) }
        return try RecordedCalls(pairing: pairing, items: items)
    }
}
