import ServerUnderTest

extension Outcome {
    /// What the engine did for these units. One thread of it does all: a core carries as many units as fit into a second of that.
    mutating func addEngine(from start: EngineFigures, to end: EngineFigures, units: Int, unit: String) {
        let each = "aeiou".contains(unit.prefix(1)) ? "an \(unit)" : "a \(unit)"
        let main = Statistics.perUnit(end.mainThreadSeconds - start.mainThreadSeconds, units)
        let scripts = Statistics.perUnit(end.scriptSeconds - start.scriptSeconds, units)
        self.add("engine_cpu_us_per_\(unit)", "engine CPU \(each), its main thread", .microseconds, main)
        self.add("engine_script_us_per_\(unit)", "engine time \(each) in scripts", .microseconds, scripts)
        if units > 0 {
            let calls = Double(end.scriptCalls - start.scriptCalls) / Double(units)
            self.add("engine_calls_per_\(unit)", "calls of scripts \(each)", .count, calls)
        }
        if let main, main > 0 {
            self.add("\(unit)s_per_engine_core", "\(unit)s a second that such an engine's core carries", .count, 1e6 / main)
        }
        self.addEngineMemory(from: start, to: end, units: units, unit: unit)
    }

    /// Of which the engine forgets most by itself, after a while that is longer than a short run.
    mutating func addEngineMemory(from start: EngineFigures, to end: EngineFigures, units: Int, unit: String) {
        self.add("engine_memory_mb", "engine memory", .megabytes, Double(end.usedMemory) / 1e6)
        guard units > 0 else { return }
        let growth = Double(end.usedMemory - start.usedMemory) / Double(units)
        self.add("engine_bytes_per_\(unit)", "growth of engine memory, by \(unit)s", .bytes, growth)
    }
}
