import Foundation

/// What all runs found together.
struct Report {
    enum Note: String {
        case noPID = "CPU and memory of the server are not shown: --pid was not given."
        case noProc = "CPU and memory of the server are not shown: there is no /proc to read them from, or no such process."
    }

    let scenario: String
    let load: String
    /// How several servers share an engine; empty where there is none.
    var nodes = ""
    let isPinned: Bool
    let settings: [String: String]
    private(set) var outcomes: [Outcome] = []
    private var notes: [String] = []

    /// Above this share of a CPU taken by others, a run measures the others.
    private static let mostDisturbance = 8.0

    init(scenario: String, load: String, isPinned: Bool, settings: [String: String]) {
        self.scenario = scenario
        self.load = load
        self.isPinned = isPinned
        self.settings = settings
    }

    mutating func add(_ outcome: Outcome) { self.outcomes.append(outcome) }

    mutating func note(_ note: Note) {
        if !self.notes.contains(note.rawValue) { self.notes.append(note.rawValue) }
    }

    var hasFailed: Bool { self.outcomes.contains { !$0.failures.isEmpty } }

    /// The median of each figure, in the order of the runs that have it.
    var medians: [Figure] {
        var order: [Figure] = []
        for figure in self.outcomes.flatMap(\.figures) where !order.contains(where: { $0.key == figure.key }) { order.append(figure) }
        return order.map { figure in
            var median = figure
            median.value = Statistics.median(self.values(of: figure.key)) ?? 0
            return median
        }
    }

    func values(of key: String) -> [Double] { self.outcomes.compactMap { $0.figures.first { $0.key == key }?.value } }

    var warnings: [String] {
        var warnings = self.notes
        for (index, outcome) in self.outcomes.enumerated() {
            let run = self.outcomes.count > 1 ? "run \(index + 1): " : ""
            if let disturbance = outcome.disturbance, disturbance > Self.mostDisturbance {
                let share = String(format: "%.0f %%", disturbance)
                warnings.append("\(run)other processes and the hypervisor took \(share) of a CPU: throw this run away")
            }
            warnings += outcome.errorKinds.sorted { $0.key < $1.key }.map { "\(run)\($0.value.grouped) × \($0.key)" }
            warnings += outcome.failures.map { "\(run)FAILED: \($0)" }
        }
        return warnings
    }
}
