import RawLoad
import ServerUnderTest

/// What everybody has used up to a moment.
struct Snapshot {
    var seconds: Double
    /// Of all servers, where there are several.
    var server: ProcessorTime?
    var engine: ProcessorTime?
    var generator: ProcessorTime
    var machine: MachineFigures?
    var memory: ProcessMemory?

    init(_ target: Target) {
        self.server = target.processorTime
        self.engine = target.engineTime
        self.generator = .own
        self.machine = MachineFigures()
        self.memory = target.memory
        self.seconds = Double(MonotonicClock.now) / 1e9
    }
}

/// Who used how much between two moments, in percent of one CPU.
struct CPUShares {
    var server: Double?
    var engine: Double?
    var generator: Double?
    var foreign: Double?
    var stolen: Double?
}

extension CPUShares {
    init(from start: Snapshot, to end: Snapshot) {
        let wall = end.seconds - start.seconds
        func percent(_ seconds: Double) -> Double { seconds / wall * 100 }
        let generator = (end.generator - start.generator).total
        self.generator = percent(generator)
        if let before = start.server, let after = end.server { self.server = percent((after - before).total) }
        if let before = start.engine, let after = end.engine { self.engine = percent((after - before).total) }
        guard let before = start.machine, let after = end.machine else { return }
        let stolen = after.stolenSeconds - before.stolenSeconds
        self.stolen = percent(stolen)
        // Of a server whose process is not known, the share is taken for that of others.
        let busy = percent(after.busySeconds - before.busySeconds - stolen - generator) - (self.server ?? 0) - (self.engine ?? 0)
        // Ticks of different counters do not fall together.
        if self.server != nil { self.foreign = max(0, busy) }
    }
}
