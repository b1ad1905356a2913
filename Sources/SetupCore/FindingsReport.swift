/// Findings as a person and as a program read them.
package struct FindingsReport: Sendable {
    private let findings: [Finding]

    /// In the order in which they were found, the worst of each area first.
    package init(_ findings: [Finding]) { self.findings = findings }

    package func count(_ level: Finding.Level) -> Int { self.findings.count { $0.level == level } }

    /// 0 if all is well, 1 with warnings, 2 with faults.
    package var exitCode: Int32 { Int32((self.findings.map(\.level).max() ?? .info).rawValue) }

    package var summary: String {
        func words(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
        let (faults, warnings) = (self.count(.fault), self.count(.warning))
        if faults > 0 { return "\(words(faults, "fault")), \(words(warnings, "warning")): the server would not start, or serve nobody" }
        return warnings > 0 ? "\(words(warnings, "warning")), no fault" : "all is well"
    }

    // MARK: - For people

    /// Grouped by what they are of, with what to do below each.
    package func text(inColour isColoured: Bool) -> String {
        var text = ""
        for area in FindingArea.allCases {
            let found = self.findings.filter { $0.code.area == area }
            guard !found.isEmpty else { continue }
            text += Self.painted(area.rawValue, "1", isColoured) + "\n"
            // What is worst comes first; else the order stays.
            for level in Finding.Level.allCases.reversed() {
                for finding in found where finding.level == level { text += Self.entry(finding, isColoured) }
            }
            text += "\n"
        }
        let colour = ["32", "33", "31"][Int(self.exitCode)]
        return text + Self.painted(self.summary, colour, isColoured) + "\n"
    }

    private static func entry(_ finding: Finding, _ isColoured: Bool) -> String {
        let (word, colour) =
            switch finding.level {
            case .info: ("ok     ", "32")
            case .warning: ("warning", "33")
            case .fault: ("fault  ", "31")
            }
        let advice = finding.advice.isEmpty ? "" : "           → \(finding.advice)\n"
        return "  \(Self.painted(word, colour, isColoured))  \(finding.what)\n\(advice)"
    }

    private static func painted(_ text: String, _ colour: String, _ isColoured: Bool) -> String {
        isColoured ? "\u{1b}[\(colour)m\(text)\u{1b}[0m" : text
    }

    // MARK: - For programs

    /// - Parameter quoted: Makes a string of JSON of a text.
    package func json(_ quoted: (String) -> String) -> String {
        let entries = self.findings.map { finding in
            let members = [
                ("level", "\(finding.level)"), ("code", finding.code.rawValue), ("subject", finding.subject), ("what", finding.what),
                ("advice", finding.advice),
            ]
            return "{" + members.map { "\(quoted($0)):\(quoted($1))" }.joined(separator: ",") + "}"
        }
        return #"{"exitCode":\#(self.exitCode),"faults":\#(self.count(.fault)),"warnings":\#(self.count(.warning)),"findings":["#
            + entries.joined(separator: ",") + "]}"
    }
}

/// What findings are of.
enum FindingArea: String, CaseIterable {
    case settings = "Settings"
    case files = "Files"
    case tls = "TLS"
    case machine = "This machine"
    case store = "Store"
    case others = "Other servers"
}

extension FindingCode {
    var area: FindingArea {
        switch self {
        case .settingRefused, .startRefused, .devPublic, .metricsPublic, .unencrypted, .roomsAny, .pageCutOff, .noOrigins,
            .proxiesEverybody,
            .credentialsInClear, .tokensOfOthers, .secretShort:
            .settings
        case .fileMissing, .fileUnreadable, .fileUnusable, .fileReaders, .secretReadableByAll: .files
        case .tlsSwapped, .tlsNoPEM, .tlsKeyEncrypted, .tlsKeyForeign, .tlsOrder, .tlsChainIncomplete, .tlsExpired, .tlsNotYetValid,
            .tlsEndsSoon, .tlsNames:
            .tls
        case .hostUnknown, .portTaken, .portPrivileged, .listenFailed, .stunPortTaken, .descriptorsFew, .descriptors: .machine
        case .storeUnusable, .storeUnsound, .storeSound, .engineUnreachable, .engineDoubtful, .engineReady: .store
        case .turnUnreachable, .keysUnreachable, .serviceUnreachable, .serviceReached: .others
        }
    }
}
