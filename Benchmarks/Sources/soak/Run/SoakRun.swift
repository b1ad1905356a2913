import Foundation
import LoadClients
import NIOCore
import NIOPosix
import ServerUnderTest

/// A run from its start to its verdict.
struct SoakRun {
    let plan: SoakPlan
    let server: ServerProcess?
    let address: SocketAddress
    let pid: Int32?

    private var figures: ProcessFigures? { self.pid.flatMap(ProcessFigures.init(pid:)) }

    func execute() async throws -> SoakReport {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let soak = Soak(plan: self.plan, address: self.address, eventLoop: group.any())
        let before = try await soak.readMetrics()
        let pagesBefore = await soak.pagesRead - 1
        let start = self.figures
        let ownStart = ProcessFigures(pid: getpid())
        let machineStart = MachineFigures()
        printNow("load for \(Int(self.plan.seconds)) s on \(self.address), seed \(self.plan.seed)")

        await soak.start()
        var monitor = Monitor(soak: soak, pid: self.pid, plan: self.plan)
        try await monitor.watch()
        let loaded = self.figures
        let ownLoaded = ProcessFigures(pid: getpid())
        let machineLoaded = MachineFigures()

        printNow("load over; letting everybody leave, and everything expire")
        try await soak.stop()
        try await soak.waitForNothing()
        printNow("empty; checking the gauges with known amounts")
        try await soak.checkGauges()
        try await soak.waitForNothing()
        let end = self.figures
        let sheet = try await soak.sheet(before: before, pagesBefore: pagesBefore)
        let page = try await soak.readMetrics()
        let status = await soak.status()

        var report = SoakReport(
            date: ISO8601DateFormatter().string(from: Date()), server: Self.version(page), settings: [:],
            minutes: self.plan.seconds / 60, rate: self.plan.rate, pairs: self.plan.pairs, seed: self.plan.seed,
            finished: status.finished, skipped: status.skipped, connections: status.connections,
            framesReceived: status.framesReceived, lost: status.lost, duplicated: status.duplicated, altered: status.strange,
            latency: SoakReport.Latency(status.latency), worstGeneratorLagMilliseconds: Double(status.worstLag) / 1e6,
            samples: Self.thinned(monitor.samples), accounts: sheet.rows, excused: status.excused, failures: [])
        report.serverCPUSeconds = Self.difference(start, loaded, \.cpuSeconds)
        report.generatorCPUSeconds = Self.difference(ownStart, ownLoaded, \.cpuSeconds)
        if let machineStart, let machineLoaded, let server = report.serverCPUSeconds, let own = report.generatorCPUSeconds {
            let total = machineLoaded.totalSeconds - machineStart.totalSeconds
            let stolen = machineLoaded.stolenSeconds - machineStart.stolenSeconds
            let busy = machineLoaded.busySeconds - machineStart.busySeconds
            report.stolenCPUPercent = stolen / total * 100
            report.othersCPUPercent = max(0, busy - stolen - server - own) / total * 100
        }
        report.descriptorsAtStart = start?.descriptors
        report.mostDescriptors = start == nil ? nil : monitor.mostDescriptors
        report.descriptorsAtEnd = end?.descriptors
        report.residentBytesAtEnd = end?.residentBytes
        report.growth = Growth(monitor.samples, seconds: self.plan.seconds, allowance: .after(minutes: self.plan.seconds / 60))
        report.failures = self.failures(report, status, page)
        try self.stopServer(&report)
        try await group.shutdownGracefully()
        return report
    }

    private func failures(_ report: SoakReport, _ status: Soak.Status, _ page: MetricsText) -> [String] {
        var failures = status.violations
        if status.violationCount > failures.count { failures.append("and \(status.violationCount - failures.count) more like these") }
        for row in report.accounts where !row.holds {
            let expected = row.isExact ? "\(row.least)" : "\(row.least) to \(row.most)"
            failures.append("\(row.series): the server says \(row.server), the clients \(expected)")
        }
        if report.descriptorsAtStart != report.descriptorsAtEnd {
            failures.append("descriptors: \(report.descriptorsAtStart ?? -1) at the start, \(report.descriptorsAtEnd ?? -1) at the end")
        }
        if let growth = report.growth, !growth.holds {
            failures.append("RSS grew from \(growth.earlyBytes.megabytes) to \(growth.lateBytes.megabytes)")
        }
        if page["nt_log_lines_dropped_total"] != 0 { failures.append("the server dropped log lines") }
        if report.finished.isEmpty { failures.append("no scenario was finished") }
        for entry in Mix.all where report.finished[entry.name, default: 0] == 0 && self.plan.rate * entry.share * self.plan.seconds > 20 {
            failures.append("no \(entry.name) was finished")
        }
        return failures
    }

    /// A server of our own is stopped, and its log's last lines are compared too.
    private func stopServer(_ report: inout SoakReport) throws {
        guard let server = self.server else { return }
        let status = try server.stop()
        if status != 0 { report.failures.append("the server ended with status \(status)") }
        let log = server.logSoFar
        report.logLines = log.lines
        let closed = report.accounts.first { $0.series == "all nt_ws_closed_total" }?.server
        if log.connectionsEnded != closed {
            report.failures.append("the log has \(log.connectionsEnded) ends of connections, the metrics \(closed ?? -1)")
        }
        for line in log.excerpts { report.failures.append("in the log: \(line)") }
    }

    private static func version(_ page: MetricsText) -> String {
        let series = page.values.keys.first { $0.hasPrefix("nt_build_info") } ?? ""
        return "version " + (series.split(separator: "\"").dropFirst().first.map(String.init) ?? "unknown")
    }

    private static func difference(_ a: ProcessFigures?, _ b: ProcessFigures?, _ value: (ProcessFigures) -> Double) -> Double? {
        guard let a, let b else { return nil }
        return value(b) - value(a)
    }

    /// About two hundred samples are enough to draw.
    private static func thinned(_ samples: [Growth.Sample]) -> [Growth.Sample] {
        let step = max(1, samples.count / 200)
        return samples.enumerated().filter { $0.offset % step == 0 }.map(\.element)
    }
}
