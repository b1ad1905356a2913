/// Findings in words, as they come: a line of what is so, and one of what to do where there is something.
package struct DoctorText: Sendable {
    private let isColoured: Bool

    package init(isColoured: Bool) { self.isColoured = isColoured }

    private static let levelWidth = 7
    private static let checkWidth = 14

    package func lines(_ finding: Finding) -> [String] {
        let level = self.painted(finding.level.rawValue.padded(to: Self.levelWidth), finding.level)
        let subject = finding.subject.map { "\($0) " } ?? ""
        let line = "\(level) \(finding.check.rawValue.padded(to: Self.checkWidth)) \(subject)\(finding.fact)"
        let indent = String(repeating: " ", count: Self.levelWidth + Self.checkWidth + 2)
        return [line] + (finding.advice.map { ["\(indent)→ \($0)"] } ?? [])
    }

    package func summary(_ findings: [Finding]) -> String {
        func count(_ level: Finding.Level) -> Int { findings.count { $0.level == level } }
        let (faults, warnings, skipped) = (count(.fault), count(.warning), count(.skipped))
        var parts = ["\(count(.ok)) ok"]
        if warnings > 0 { parts.append(warnings == 1 ? "1 warning" : "\(warnings) warnings") }
        if faults > 0 { parts.append(faults == 1 ? "1 fault" : "\(faults) faults") }
        if skipped > 0 { parts.append("\(skipped) skipped") }
        return parts.joined(separator: ", ")
    }

    private func painted(_ text: String, _ level: Finding.Level) -> String {
        guard self.isColoured else { return text }
        let colour =
            switch level {
            case .ok: "32"
            case .warning: "33"
            case .fault: "1;31"
            case .skipped: "2"
            }
        return "\u{1b}[\(colour)m\(text)\u{1b}[0m"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - self.count)) }
}
