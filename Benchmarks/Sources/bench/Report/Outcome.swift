import LoadClients
import ServerUnderTest

/// What one run found.
struct Outcome {
    private(set) var figures: [Figure] = []
    private(set) var errorKinds: [String: Int] = [:]
    private(set) var disturbance: Double?
    /// Why the run proves nothing, or proves something bad.
    var failures: [String] = []

    /// Nothing where there is no value.
    mutating func add(_ key: String, _ label: String, _ kind: Figure.Kind, _ value: Double?) {
        if let value { self.figures.append(Figure(key: key, label: label, kind: kind, value: value)) }
    }

    /// `name` is that of what took so long.
    mutating func add(_ name: String, _ latency: LatencyHistogram) {
        for (suffix, label, percent) in [("p50", "p50", 50), ("p99", "p99", 99), ("p999", "p99.9", 99.9), ("max", "max", 100.0)] {
            self.add("\(name)_\(suffix)_us", "\(name) latency \(label)", .microseconds, Double(latency.percentile(percent)) / 1e3)
        }
    }

    mutating func addCPU(from start: Snapshot, to end: Snapshot, units: Int, unit: String) {
        if let before = start.server, let after = end.server {
            let used = after - before
            let each = "aeiou".contains(unit.prefix(1)) ? "an \(unit)" : "a \(unit)"
            for (key, label, seconds) in [("", "", used.total), ("user_", ", user", used.user), ("sys_", ", system", used.system)] {
                let value = Statistics.perUnit(seconds, units)
                self.add("cpu_\(key)us_per_\(unit)", "server CPU \(each)\(label)", .microseconds, value)
            }
        }
        self.addShares(CPUShares(from: start, to: end))
    }

    mutating func addShares(_ shares: CPUShares) {
        self.add("server_cpu_pct", "server CPU", .percent, shares.server)
        self.add("engine_cpu_pct", "engine CPU", .percent, shares.engine)
        self.addDisturbance(shares)
    }

    /// By whom, but the server, CPU was used.
    mutating func addDisturbance(_ shares: CPUShares) {
        self.add("gen_cpu_pct", "generator CPU", .percent, shares.generator)
        self.add("foreign_cpu_pct", "CPU of other processes", .percent, shares.foreign)
        self.add("steal_pct", "CPU stolen by the hypervisor", .percent, shares.stolen)
        if let foreign = shares.foreign, let stolen = shares.stolen { self.disturbance = foreign + stolen }
    }

    mutating func add(_ errors: ErrorCounts) {
        self.add("errors", "errors", .count, Double(errors.total))
        self.errorKinds.merge(errors.kinds) { $0 + $1 }
    }

    /// Frames that did not arrive as they were sent.
    mutating func add(_ frames: FrameFaults) {
        for (key, count) in [("altered", frames.altered), ("lost", frames.lost), ("duplicated", frames.duplicated)] {
            self.add(key, "frames", key, count)
        }
        self.add("ignored_frames", "other frames, ignored", .count, Double(frames.ignored))
    }

    mutating func add(_ items: ItemFaults) {
        let faults = [
            ("altered", "altered", items.altered), ("lost", "lost", items.lost), ("duplicated", "duplicated", items.duplicated),
            ("disordered", "out of order", items.disordered), ("unanswered", "without a response", items.unanswered),
        ]
        for (key, label, count) in faults { self.add(key, "items", label, count) }
    }

    /// Of which there should be none.
    private mutating func add(_ key: String, _ things: String, _ fault: String, _ count: Int) {
        self.add(key, "\(things) \(fault)", .count, Double(count))
        if count > 0 { self.failures.append("\(count) \(things) were \(fault)") }
    }
}

/// Frames that were not what they should have been.
struct FrameFaults: Equatable {
    var altered = 0
    var lost = 0
    /// Also a second room_full.
    var duplicated = 0
    /// Of another kind than those expected, such as peer_left.
    var ignored = 0
}
