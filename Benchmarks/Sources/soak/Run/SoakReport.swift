import Foundation
import LoadClients

/// What a run found, to be kept.
struct SoakReport: Codable {
    struct Latency: Codable {
        var count: Int
        var p50: Double
        var p99: Double
        var p999: Double
        var max: Double

        init(_ histogram: LatencyHistogram) {
            self.count = histogram.count
            func milliseconds(_ nanoseconds: UInt64) -> Double { (Double(nanoseconds) / 1e3).rounded() / 1e3 }
            self.p50 = milliseconds(histogram.percentile(50))
            self.p99 = milliseconds(histogram.percentile(99))
            self.p999 = milliseconds(histogram.percentile(99.9))
            self.max = milliseconds(histogram.max)
        }
    }

    var date: String
    var server: String
    var settings: [String: String]
    var minutes: Double
    var rate: Double
    var pairs: Int
    var seed: UInt64
    /// Scenarios that ended as they should, by name.
    var finished: [String: Int]
    /// Arrivals left out because the machine was too slow for the rate.
    var skipped: Int
    var connections: Int
    var framesReceived: Int
    var lost: Int
    var duplicated: Int
    var altered: Int
    /// Milliseconds.
    var latency: Latency
    var serverCPUSeconds: Double?
    var generatorCPUSeconds: Double?
    /// Shares of the machine's CPU time that other processes and the hypervisor took.
    var othersCPUPercent: Double?
    var stolenCPUPercent: Double?
    var worstGeneratorLagMilliseconds: Double
    var descriptorsAtStart: Int?
    var mostDescriptors: Int?
    var descriptorsAtEnd: Int?
    var growth: Growth?
    var residentBytesAtEnd: Int?
    var samples: [Growth.Sample]
    var accounts: [AccountSheet.Row]
    var logLines: Int?
    var excused: [String]
    /// Empty: the run passed.
    var failures: [String]

    func write(to path: String) throws {
        let base = path.hasSuffix(".json") ? String(path.dropLast(5)) : path
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(fileURLWithPath: base + ".json"))
        try Data(self.markdown.utf8).write(to: URL(fileURLWithPath: base + ".md"))
    }

    var markdown: String {
        var rows: [(String, String)] = [
            ("Date", self.date),
            ("Server", self.server + self.settings.sorted { $0.key < $1.key }.map { ", \($0.key)=\($0.value)" }.joined()),
            (
                "Load",
                "\(self.minutes.formatted) minutes, \(self.rate.formatted) sessions a second and \(self.pairs) pairs that relay, "
                    + "seed \(self.seed)"
            ),
            (
                "Sessions; scenarios of all kinds",
                "\(self.finished["session", default: 0].grouped); \(self.finished.values.reduce(0, +).grouped)"
            ),
            ("WebSocket connections", self.connections.grouped),
            ("Frames and items received", self.framesReceived.grouped),
            ("Lost, twice or late, altered", "\(self.lost), \(self.duplicated), \(self.altered)"),
            (
                "Accounts compared",
                "\(self.accounts.count), \(self.accounts.count { $0.isExact }) of them exact; \(self.accounts.count { !$0.holds }) do not hold"
            ),
            ("Relay latency p50, p99, p99.9", "\(self.latency.p50), \(self.latency.p99), \(self.latency.p999) ms"),
        ]
        if let start = self.descriptorsAtStart, let most = self.mostDescriptors, let end = self.descriptorsAtEnd {
            rows.append(("Descriptors at the start, at most, at the end", "\(start), \(most.grouped), \(end)"))
        }
        if let growth = self.growth {
            let windows = "\(growth.earlyBytes.megabytes), \(growth.lateBytes.megabytes) (allowed: \(growth.allowedBytes.megabytes) more)"
            rows.append(("RSS after the warm-up, in the last fifth", windows))
        }
        if let end = self.residentBytesAtEnd { rows.append(("RSS when empty again", end.megabytes)) }
        if let server = self.serverCPUSeconds, let own = self.generatorCPUSeconds {
            let seconds = self.minutes * 60
            let shares = [server, own].map { "\(($0 / seconds * 100).formatted) %" }
            rows.append(("CPU of server and generator", "\(shares[0]) and \(shares[1]) of a core"))
        }
        if let others = self.othersCPUPercent, let stolen = self.stolenCPUPercent {
            rows.append(("CPU taken by others; stolen", "\(others.formatted) %; \(stolen.formatted) % of the machine"))
        }
        rows.append(("Result", self.failures.isEmpty ? "passed" : "FAILED"))
        let table = rows.map { "| \($0.0) | \($0.1) |\n" }.joined()
        let failures = self.failures.isEmpty ? "" : "\n" + self.failures.map { "- \($0)\n" }.joined()
        return "| | |\n| --- | --- |\n" + table + failures
    }
}

extension Double {
    /// At most one decimal.
    var formatted: String { self == self.rounded() ? String(Int(self)) : String(format: "%.1f", self) }
}
