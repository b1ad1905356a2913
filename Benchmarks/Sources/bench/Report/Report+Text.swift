import Foundation

extension Report {
    var table: String {
        let servers = self.nodes.isEmpty ? "server" : "all nodes and the engine"
        let place = self.isPinned ? "\(servers) on CPU 0, generator on CPU 1" : "not pinned to CPUs"
        let runs = self.outcomes.count
        var text = "\n\(self.scenario): \(self.load)\(self.nodes); \(place)"
        text += self.settings.sorted { $0.key < $1.key }.map { "; \($0.key)=\($0.value)" }.joined()
        text += runs > 1 ? "; median of \(runs) runs, and the lowest and highest\n\n" : "\n\n"
        let medians = self.medians
        let width = medians.map(\.label.count).max() ?? 0
        for figure in medians {
            var line = figure.label.padding(toLength: width + 2, withPad: " ", startingAt: 0) + Self.right(figure.text)
            let values = self.values(of: figure.key)
            if runs > 1, let low = values.min(), let high = values.max() {
                line += Self.right(figure.kind.text(low)) + Self.right(figure.kind.text(high))
            }
            text += line + "\n"
        }
        let warnings = self.warnings
        if !warnings.isEmpty { text += "\n" + warnings.map { "! \($0)\n" }.joined() }
        return text
    }

    private static func right(_ text: String) -> String { String(repeating: " ", count: max(1, 14 - text.count)) + text }

    private struct JSON: Encodable {
        var scenario: String
        var load: String
        var pinned: Bool
        var settings: [String: String]
        var warnings: [String]
        var medians: [String: Double]
        var runs: [[String: Double]]
    }

    /// On one line.
    func json() throws -> String {
        func values(_ figures: [Figure]) -> [String: Double] {
            Dictionary(figures.map { ($0.key, ($0.value * 1000).rounded() / 1000) }) { $1 }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let whole = JSON(
            scenario: self.scenario, load: self.load + self.nodes, pinned: self.isPinned, settings: self.settings, warnings: self.warnings,
            medians: values(self.medians), runs: self.outcomes.map { values($0.figures) })
        return String(decoding: try encoder.encode(whole), as: UTF8.self)
    }
}
