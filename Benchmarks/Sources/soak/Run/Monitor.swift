import Foundation
import LoadClients
import ServerUnderTest

/// Watches a run from beside it: a sample of the server's memory every second, a line of progress every few.
struct Monitor {
    let soak: Soak
    /// Nil where the server's process cannot be looked at.
    let pid: Int32?
    let plan: SoakPlan
    private(set) var samples: [Growth.Sample] = []
    private(set) var mostDescriptors = 0
    private(set) var frames = 0

    init(soak: Soak, pid: Int32?, plan: SoakPlan) {
        self.soak = soak
        self.pid = pid
        self.plan = plan
    }

    /// Returns when the load's time is over; throws if the server ends before.
    mutating func watch() async throws {
        let start = ContinuousClock.now
        var nextLine = self.plan.progressSeconds
        var last = (seconds: 0.0, server: self.pid.flatMap(ProcessFigures.init(pid:)), own: ProcessFigures(pid: getpid()))
        var second = 1.0
        while second <= self.plan.seconds {
            try await Task.sleep(until: start + .seconds(second), clock: .continuous)
            let elapsed = (ContinuousClock.now - start).inSeconds
            let figures = self.pid.flatMap(ProcessFigures.init(pid:))
            if let pid = self.pid, figures == nil { throw LoadFailure.ended("the server, process \(pid), is gone") }
            if let figures {
                self.samples.append(Growth.Sample(seconds: elapsed, residentBytes: figures.residentBytes))
                self.mostDescriptors = max(self.mostDescriptors, figures.descriptors)
            }
            if elapsed >= nextLine || second + 1 > self.plan.seconds {
                let own = ProcessFigures(pid: getpid())
                let span = elapsed - last.seconds
                await self.printLine(
                    elapsed, figures, serverCPU: Self.share(figures, last.server, span), ownCPU: Self.share(own, last.own, span), span)
                last = (elapsed, figures, own)
                nextLine += self.plan.progressSeconds
                // Asked for in every interval so that its connection stays open, and as a scraper would.
                _ = try await self.soak.readMetrics()
            }
            second = max(second + 1, elapsed.rounded(.up))
        }
    }

    private static func share(_ now: ProcessFigures?, _ before: ProcessFigures?, _ span: Double) -> Double? {
        guard let now, let before, span > 0 else { return nil }
        return (now.cpuSeconds - before.cpuSeconds) / span * 100
    }

    private mutating func printLine(
        _ elapsed: Double, _ figures: ProcessFigures?, serverCPU: Double?, ownCPU: Double?, _ span: Double
    ) async {
        let status = await self.soak.status()
        let rate = Double(status.framesReceived - self.frames) / span
        self.frames = status.framesReceived
        var parts = [
            String(format: "%02d:%02d", Int(elapsed) / 60, Int(elapsed) % 60),
            "sessions \(status.finished["session", default: 0].grouped)",
            "scenarios \(status.finished.values.reduce(0, +).grouped) (\(status.underWay) under way)",
            "frames \(status.framesReceived.grouped) (\(Int(rate).grouped)/s)",
        ]
        if let figures { parts.append("RSS \(figures.residentBytes.megabytes), fds \(figures.descriptors)") }
        if let serverCPU { parts.append(String(format: "server CPU %.0f %%", serverCPU)) }
        if let ownCPU { parts.append(String(format: "own %.0f %%", ownCPU)) }
        parts.append("relay p50 \(status.recent.percentile(50).milliseconds) p99 \(status.recent.percentile(99).milliseconds)")
        if status.violationCount > 0 { parts.append("VIOLATIONS \(status.violationCount)") }
        printNow(parts.joined(separator: "  "))
    }
}

/// Output is often a pipe, where lines would otherwise wait for a full buffer.
func printNow(_ line: String) {
    print(line)
    fflush(nil)
}

extension Duration {
    var inSeconds: Double { Double(self.components.seconds) + Double(self.components.attoseconds) / 1e18 }
}

extension Int {
    var megabytes: String { String(format: "%.1f MB", Double(self) / 1e6) }

    /// 1234567 as 1,234,567.
    var grouped: String {
        var digits = Array(String(self.magnitude))
        for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
        return (self < 0 ? "-" : "") + String(digits)
    }
}

extension UInt64 {
    /// Nanoseconds for people.
    var milliseconds: String { String(format: "%.2f ms", Double(self) / 1e6) }
}
